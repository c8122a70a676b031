//! What the templates name, as the services make it.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};
use ferry_services::Resource;
use ferry_template::Template;

/// A resource, and where it stands.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) resource: Resource,
    /// `template.yaml:12: Rows`
    pub(super) place: String,
    account_id: String,
}

impl Made {
    /// One line: kind, name, and what else is worth knowing.
    pub(super) fn describe(&self, url: &str) -> String {
        let name = self.resource.name();
        match &self.resource {
            Resource::Bucket { region, objects, .. } => {
                let region = region.as_ref().map(|region| format!("  in {region}")).unwrap_or_default();
                let objects = objects.as_ref().map(|folder| format!("  with {}", folder.display())).unwrap_or_default();
                format!("bucket {name}{region}{objects}")
            }
            Resource::Table { .. } => format!("table {name}"),
            Resource::Queue { .. } => format!("queue {name}  {url}/{}/{name}", self.account_id),
        }
    }
}

/// Of each template buckets, tables, queues. Two of one kind with one name are an error.
pub(super) fn of(templates: &[&Template]) -> Result<Vec<Made>> {
    let all: Vec<Made> = templates.iter().flat_map(|template| of_one(template)).collect();
    let mut seen = BTreeMap::new();
    for made in &all {
        if let Some(other) = seen.insert((made.resource.kind(), made.resource.name()), &made.place) {
            bail!(
                "{}: a {} called {} stands at {other} already; run one of the templates with -t, or rename",
                made.place,
                made.resource.kind(),
                made.resource.name()
            );
        }
    }
    Ok(all)
}

fn of_one(template: &Template) -> Vec<Made> {
    let made = |resource: Resource, path: &Path, line: usize, logical_id: &str| Made {
        resource,
        place: format!("{}:{line}: {logical_id}", path.display()),
        account_id: template.account_id.clone(),
    };
    let tables = template.tables.iter().map(|table| {
        let resource =
            Resource::Table { name: table.name.clone(), request: table.create.clone(), time_to_live: table.time_to_live.clone() };
        made(resource, &template.path, table.line, &table.logical_id)
    });
    let buckets = template.buckets.iter().map(|bucket| {
        let region = bucket.region.clone().or_else(|| Some(template.region.clone()));
        let resource = Resource::Bucket { name: bucket.name.clone(), region, objects: bucket.objects.clone() };
        made(resource, &template.path, bucket.line, &bucket.logical_id)
    });
    let queues = template.queues.iter().map(|queue| {
        let resource = Resource::Queue { name: queue.name.clone(), attributes: queue.attributes.clone() };
        made(resource, &template.path, queue.line, &queue.logical_id)
    });
    buckets.chain(tables).chain(queues).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(resources: &str) -> Template {
        let text = format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{resources}");
        ferry_template::parse(&text, Path::new("/stacks/shop/template.yaml"), &BTreeMap::new()).expect("a template")
    }

    #[test]
    fn every_kind_is_told_with_its_name() {
        let shop = template(
            "  Jobs: { Type: AWS::SQS::Queue, Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Failed.Arn, maxReceiveCount: 3 } } }\n  Failed: { Type: AWS::SQS::Queue }\n  Files: { Type: AWS::S3::Bucket }\n",
        );
        let all = of(&[&shop]).expect("resources");
        let lines: Vec<String> = all.iter().map(|made| made.describe("http://127.0.0.1:4566")).collect();
        assert_eq!(
            lines,
            [
                "bucket shop-files  in us-east-1",
                "queue shop-Jobs  http://127.0.0.1:4566/123456789012/shop-Jobs",
                "queue shop-Failed  http://127.0.0.1:4566/123456789012/shop-Failed",
            ]
        );
        assert_eq!(all[0].place, "/stacks/shop/template.yaml:5: Files");
    }

    #[test]
    fn two_of_one_name_are_refused() {
        let shop = template("  Files: { Type: AWS::S3::Bucket }\n");
        let told = of(&[&shop, &shop]).expect_err("the same bucket").to_string();
        assert!(told.contains("a bucket called shop-files stands at /stacks/shop/template.yaml:3: Files already"), "{told}");
    }
}

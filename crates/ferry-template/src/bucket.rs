//! `AWS::S3::Bucket`: a name, a region, and with `Metadata.Ferry.Objects` the files that lie in it from the start.

use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment, shortened};
use crate::function::code::metadata_entry;
use crate::function::ferry;
use crate::model::Bucket;
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused, Warned};

pub(crate) const SHAPE: Shape = &[
    ("BucketName", Read),
    ("AbacStatus", Ignored),
    ("AccelerateConfiguration", Ignored),
    ("AccessControl", Ignored),
    ("AnalyticsConfigurations", Ignored),
    ("BucketEncryption", Ignored),
    ("IntelligentTieringConfigurations", Ignored),
    ("InventoryConfigurations", Ignored),
    ("LifecycleConfiguration", Ignored),
    ("LoggingConfiguration", Ignored),
    ("MetadataConfiguration", Ignored),
    ("MetadataTableConfiguration", Ignored),
    ("MetricsConfigurations", Ignored),
    ("OwnershipControls", Ignored),
    ("PublicAccessBlockConfiguration", Ignored),
    ("Tags", Ignored),
    ("CorsConfiguration", Warned("send browsers to the function, or set the rules with PutBucketCors where the local S3 has it")),
    ("ObjectLockConfiguration", Warned("objects are never locked")),
    ("ObjectLockEnabled", Warned("objects are never locked")),
    ("ReplicationConfiguration", Warned("objects are not replicated")),
    ("VersioningConfiguration", Warned("one version of an object is kept")),
    ("WebsiteConfiguration", Warned("buckets are not served as websites; see Metadata.Ferry.Page")),
    ("NotificationConfiguration", Refused("events are not sent: remove it, or keep it out by Fn::If and AWS::NoValue")),
];

pub(crate) const METADATA: Shape = &[("Objects", Read), ("Region", Read)];

pub(crate) fn read(stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) -> Option<Bucket> {
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[SHAPE], scope);
    let name = stack.evaluator.name(resource, scope).ok()?;
    if !is_bucket_name(&name) {
        let mark = fields.entry("BucketName").map_or(fields.mark, |entry| entry.node.mark);
        let problem = format!("the bucket name `{}` is not one that S3 takes", shortened(&name));
        scope.error(mark, problem, "write 3 to 63 lower-case letters, digits, - and single dots in BucketName");
    }
    let metadata = stack.metadata(resource, scope);
    let ferry = metadata_entry(metadata.as_ref(), "Ferry").and_then(|entry| Fields::of_map(entry, &[METADATA], scope));
    let objects =
        ferry.as_ref().and_then(|ferry| ferry::folder_inside(stack, ferry, "Objects", "name the folder of its files, such as data"));
    Some(Bucket {
        logical_id: resource.logical_id.to_owned(),
        name,
        region: ferry.as_ref().and_then(region),
        objects,
        line: resource.mark.line,
    })
}

fn region(fields: &Fields<'_>) -> Option<String> {
    let region = fields.text("Region")?;
    let letters = region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !letters || region.split('-').count() < 3 || !region.ends_with(|c: char| c.is_ascii_digit()) {
        let mark = fields.entry("Region").map_or(fields.mark, |entry| entry.node.mark);
        fields.scope.error(mark, format!("`{}` is no region", shortened(&region)), "write one, such as eu-west-1");
    }
    Some(region)
}

/// S3's rules for names of general purpose buckets.
fn is_bucket_name(name: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let reserved = name.starts_with("xn--")
        || name.starts_with("sthree-")
        || name.starts_with("amzn-s3-demo-")
        || ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].iter().any(|suffix| name.ends_with(suffix));
    (3..=63).contains(&name.len())
        && name.chars().all(|c| edge(c) || matches!(c, '-' | '.'))
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !reserved
}

#[cfg(test)]
mod tests {
    use super::is_bucket_name;

    #[test]
    fn names_are_those_of_s3() {
        for good in ["abc", "a-b.c", "1.2.3", "shop-pictures", &"x".repeat(63)] {
            assert!(is_bucket_name(good), "{good}");
        }
        for bad in ["ab", "Shop", "a_b", "-ab", "ab-", "a..b", ".ab", "1.2.3.4", "xn--a", "a-s3alias", "é--", &"x".repeat(64)] {
            assert!(!is_bucket_name(bad), "{bad}");
        }
    }
}

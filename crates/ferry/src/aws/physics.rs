//! The physics in force: the user's document, or else those of the templates together.

use anyhow::{Context as _, Result};
use ferry_services::Physics;
use ferry_template::Template;
use serde_json::Value;

/// `given` is a JSON document or the path of one, and takes the place of the templates' own.
pub(super) fn of(templates: &[&Template], given: Option<&str>) -> Result<Physics> {
    if let Some(given) = given {
        let text = if given.trim_start().starts_with('{') {
            given.to_owned()
        } else {
            std::fs::read_to_string(given).with_context(|| format!("the physics document {given} could not be read"))?
        };
        let document: Value = serde_json::from_str(&text).context("--physics is not JSON")?;
        return Physics::from_value(&named(document, templates)).context("--physics");
    }
    let mut all = Physics::default();
    let mut seed = None;
    for template in templates {
        let Some(own) = &template.physics else { continue };
        let place = || format!("{}:{}: Metadata.Ferry.Physics", template.path.display(), own.line);
        let physics = Physics::from_value(&named(own.document.clone(), &[template])).with_context(place)?;
        all.latency.extend(physics.latency);
        all.faults.extend(physics.faults);
        for (table, capacity) in physics.tables {
            all.tables.entry(table).or_insert(capacity);
        }
        seed = seed.or(Some(physics.seed));
    }
    // A document that says nothing has a seed, too.
    all.seed = match seed {
        Some(seed) => seed,
        None => Physics::from_value(&Value::Object(serde_json::Map::new()))?.seed,
    };
    Ok(all)
}

/// Under `tables`, a logical id stands for the table's name.
fn named(mut document: Value, templates: &[&Template]) -> Value {
    if let Some(Value::Object(tables)) = document.get_mut("tables") {
        *tables = std::mem::take(tables)
            .into_iter()
            .map(|(key, capacity)| {
                let mut all = templates.iter().flat_map(|template| &template.tables);
                let name = all.find(|table| table.logical_id == key).map_or(key, |table| table.name.clone());
                (name, capacity)
            })
            .collect();
    }
    document
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn template(physics: &str) -> Template {
        let text = format!(
            "Transform: AWS::Serverless-2016-10-31\nMetadata:\n  Ferry:\n    Physics: {physics}\nResources:\n  Rows: {{ Type: AWS::Serverless::SimpleTable }}\n"
        );
        ferry_template::parse(&text, Path::new("/stacks/shop/template.yaml"), &std::collections::BTreeMap::new()).expect("a template")
    }

    #[test]
    fn templates_add_up_and_logical_ids_are_names() {
        let one = template("{ latency: [{ service: s3, operation: '*', ms: 5 }], tables: { Rows: { write_per_s: 10 } }, seed: 7 }");
        let other = template("{ latency: [{ service: s3, operation: '*', ms: 9 }], tables: { Rows: { write_per_s: 20 } } }");
        let physics = of(&[&one, &other], None).expect("physics");
        assert_eq!((physics.latency.len(), physics.seed), (2, 7));
        assert_eq!(physics.tables["shop-Rows"].write_per_s, Some(10.0));
        let given = of(&[&one], Some(r#"{"tables":{"Rows":{"write_per_s":30}}}"#)).expect("physics");
        assert_eq!((given.latency.len(), given.tables["shop-Rows"].write_per_s), (0, Some(30.0)));
    }

    #[test]
    fn a_mistake_is_located() {
        let wrong = template("{ latency: [{ service: s3, operation: '*', ms: soon }] }");
        let told = format!("{:#}", of(&[&wrong], None).expect_err("no number"));
        assert!(told.starts_with("/stacks/shop/template.yaml:4: Metadata.Ferry.Physics: "), "{told}");
        assert!(told.contains("/latency/0/ms"), "{told}");
        assert!(format!("{:#}", of(&[], Some("{")).expect_err("no JSON")).starts_with("--physics is not JSON"));
        assert!(of(&[], Some("no/such.json")).is_err());
        assert!(of(&[], None).expect("nothing").is_off());
    }
}

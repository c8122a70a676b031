//! A pair: a function, the one that replaces it, the events both are asked, and when two answers count as equal.

use std::path::PathBuf;

use ferry_template::{EqualRule, Function, Template};

#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The function that is replaced.
    pub baseline: FunctionId,
    /// The function that replaces it.
    pub candidate: FunctionId,
    /// Folder of `*.json` events.
    pub events: PathBuf,
    pub equal: EqualRule,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionId {
    /// How people know it: the template's logical id.
    pub logical_id: String,
    /// How the Lambda API knows it: name or ARN.
    pub name: String,
}

#[derive(Debug, thiserror::Error)]
pub enum PairError {
    #[error(
        "{path}:{line}: {candidate}: Metadata.Ferry.Replaces names {replaced}, which is no function of this template; name a logical id",
        path = template.display()
    )]
    UnknownFunction { template: PathBuf, line: usize, candidate: String, replaced: String },
    #[error(
        "{path}:{line}: {candidate}: Metadata.Ferry.Replaces needs Metadata.Ferry.Events, the folder of events that both functions are asked",
        path = template.display()
    )]
    NoEvents { template: PathBuf, line: usize, candidate: String },
}

impl Pair {
    /// `ThumbsPython/ThumbsRust`.
    pub fn label(&self) -> String {
        format!("{}/{}", self.baseline.logical_id, self.candidate.logical_id)
    }

    /// Whether a user who typed `word` means this pair: its label, or the logical id or name of either function.
    pub fn is_named(&self, word: &str) -> bool {
        self.label() == word || [&self.baseline, &self.candidate].iter().any(|id| id.logical_id == word || id.name == word)
    }
}

impl From<&Function> for FunctionId {
    fn from(function: &Function) -> Self {
        Self { logical_id: function.logical_id.clone(), name: function.name.clone() }
    }
}

/// Every pair that the templates' `Metadata.Ferry.Replaces` make, in template order.
pub fn discover_pairs(templates: &[Template]) -> Result<Vec<Pair>, PairError> {
    let mut pairs = Vec::new();
    for template in templates {
        for candidate in &template.functions {
            for replaced in &candidate.ferry.replaces {
                pairs.push(pair(template, candidate, replaced)?);
            }
        }
    }
    Ok(pairs)
}

fn pair(template: &Template, candidate: &Function, replaced: &str) -> Result<Pair, PairError> {
    let baseline =
        template.functions.iter().find(|function| function.logical_id == replaced).ok_or_else(|| PairError::UnknownFunction {
            template: template.path.clone(),
            line: candidate.line,
            candidate: candidate.logical_id.clone(),
            replaced: replaced.to_owned(),
        })?;
    let events = candidate.ferry.events.clone().ok_or_else(|| PairError::NoEvents {
        template: template.path.clone(),
        line: candidate.line,
        candidate: candidate.logical_id.clone(),
    })?;
    Ok(Pair { baseline: baseline.into(), candidate: candidate.into(), events, equal: candidate.ferry.equal.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ferry_template::{CodeSource, FerryMetadata};

    fn function(id: &str, replaces: &[&str], events: Option<&str>) -> Function {
        let replaces = replaces.iter().map(|&id| id.to_owned()).collect();
        Function {
            name: format!("{id}-name"),
            ferry: FerryMetadata { replaces, events: events.map(PathBuf::from), ..FerryMetadata::default() },
            line: 7,
            ..Function::new(id, "provided.al2023", "bootstrap", CodeSource::Folder("/code".into()))
        }
    }

    fn template(functions: Vec<Function>) -> Template {
        Template { path: "/t/template.yaml".into(), functions, ..Template::default() }
    }

    #[test]
    fn every_replaced_function_makes_a_pair() {
        let functions = vec![function("Py", &[], None), function("Js", &[], None), function("Rs", &["Py", "Js"], Some("/t/events"))];
        let pairs = discover_pairs(&[template(functions)]).unwrap();
        assert_eq!(pairs.iter().map(Pair::label).collect::<Vec<_>>(), ["Py/Rs", "Js/Rs"]);
        assert_eq!(pairs[0].baseline.name, "Py-name");
        assert_eq!(pairs[0].events, PathBuf::from("/t/events"));
        assert!(pairs[0].is_named("Py/Rs") && pairs[0].is_named("Rs") && pairs[0].is_named("Py-name") && !pairs[0].is_named("Js"));
    }

    #[test]
    fn a_dangling_name_or_a_missing_folder_is_located() {
        let error = discover_pairs(&[template(vec![function("Rs", &["Gone"], Some("/e"))])]).unwrap_err().to_string();
        assert!(error.starts_with("/t/template.yaml:7: Rs: ") && error.contains("Gone"), "{error}");
        let functions = vec![function("Py", &[], None), function("Rs", &["Py"], None)];
        let error = discover_pairs(&[template(functions)]).unwrap_err().to_string();
        assert!(error.contains("Metadata.Ferry.Events"), "{error}");
    }
}

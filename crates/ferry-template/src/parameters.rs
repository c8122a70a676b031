//! Parameters and pseudo parameters: what a template leaves open, and what fills it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::diagnostic::{Mark, Scope, suggest};
use crate::limits::PARAMETER_BYTES_MAX;
use crate::node::{Map, Node, Value};

const PARAMETER_KEYS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// The pseudo parameters. Each but `StackId` can be given like a parameter, under its full name (`AWS::Region`).
#[derive(Debug, Clone)]
pub(crate) struct Pseudo {
    pub(crate) region: String,
    pub(crate) account_id: String,
    pub(crate) stack_name: String,
    pub(crate) partition: String,
    pub(crate) url_suffix: String,
}

impl Pseudo {
    pub(crate) fn new(path: &Path, given: &BTreeMap<String, String>) -> Self {
        let value = |name: &str, default: String| given.get(name).cloned().unwrap_or(default);
        Self {
            region: value("AWS::Region", "us-east-1".to_owned()),
            account_id: value("AWS::AccountId", "123456789012".to_owned()),
            stack_name: value("AWS::StackName", stack_name(path)),
            partition: value("AWS::Partition", "aws".to_owned()),
            url_suffix: value("AWS::URLSuffix", "amazonaws.com".to_owned()),
        }
    }

    /// The value of a pseudo parameter other than `AWS::NoValue`.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        Some(match name {
            "AWS::Region" => self.region.clone(),
            "AWS::AccountId" => self.account_id.clone(),
            "AWS::StackName" => self.stack_name.clone(),
            "AWS::Partition" => self.partition.clone(),
            "AWS::URLSuffix" => self.url_suffix.clone(),
            "AWS::StackId" => {
                format!("arn:{}:cloudformation:{}:{}:stack/{}/ferry", self.partition, self.region, self.account_id, self.stack_name)
            }
            _ => return None,
        })
    }
}

/// The template's folder, in the letters CloudFormation allows.
fn stack_name(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name).map(|name| name.to_string_lossy()).unwrap_or_default();
    let letters: String = folder.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = letters.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).trim_end_matches('-');
    if name.is_empty() { "ferry".to_owned() } else { name.chars().take(128).collect() }
}

/// What a `Ref` to a parameter gives.
#[derive(Debug)]
pub(crate) enum Parameter {
    Value(Node),
    /// Kept in AWS (`AWS::SSM::Parameter::Value<…>`): Ferry has only its name, which is not its value.
    Remote,
    /// Missing or wrong; already reported.
    Wrong,
}

pub(crate) fn read<'t>(declared: Option<&'t Node>, given: &BTreeMap<String, String>, scope: Scope<'_>) -> HashMap<&'t str, Parameter> {
    let mut parameters = HashMap::new();
    for entry in declared.and_then(Node::as_map).map(|map| map.entries.as_slice()).unwrap_or_default() {
        let parameter = match entry.node.as_map() {
            Some(declaration) => one(&entry.key, entry.mark, declaration, given.get(&entry.key), scope),
            None => {
                scope.error(entry.mark, format!("parameter {} is {}", entry.key, entry.node.kind()), "write a map with at least `Type`");
                Parameter::Wrong
            }
        };
        parameters.insert(entry.key.as_str(), parameter);
    }
    for name in given.keys().filter(|name| !name.starts_with("AWS::") && !parameters.contains_key(name.as_str())) {
        let remedy = suggest(name, parameters.keys().copied());
        scope.warn(
            Mark { line: 1, column: 1 },
            format!("a value is given for the parameter {name}, which this template does not declare"),
            remedy,
        );
    }
    parameters
}

fn one(name: &str, mark: Mark, declaration: &Map, given: Option<&String>, scope: Scope<'_>) -> Parameter {
    for entry in &declaration.entries {
        if !PARAMETER_KEYS.contains(&entry.key.as_str()) {
            scope.error(entry.mark, format!("parameter {name} has an unknown key `{}`", entry.key), suggest(&entry.key, PARAMETER_KEYS));
        }
    }
    let Some(kind) = declaration.get("Type").and_then(Node::as_scalar) else {
        scope.error(mark, format!("parameter {name} has no Type"), "add `Type: String` or another parameter type");
        return Parameter::Wrong;
    };
    if given.is_none() && kind.starts_with("AWS::SSM::Parameter::Value<") {
        return Parameter::Remote;
    }
    let default = declaration.get("Default");
    let (text, mark) = match (given, default.map(|node| (&node.value, node.mark))) {
        (Some(given), _) => (given.clone(), mark),
        (None, Some((Value::Scalar(scalar), mark))) => (scalar.text.clone(), mark),
        (None, Some((_, mark))) => {
            scope.error(
                mark,
                format!("the Default of parameter {name} is not a single value"),
                "write one text or number; a list with commas between",
            );
            return Parameter::Wrong;
        }
        (None, None) => {
            scope.error(mark, format!("parameter {name} has no value"), format!("give it a Default, or pass `{name}=…`"));
            return Parameter::Wrong;
        }
    };
    if !check(name, &text, kind, declaration, mark, scope) {
        return Parameter::Wrong;
    }
    let list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    Parameter::Value(if list { split(&text, mark) } else { Node::text(mark, text) })
}

fn split(text: &str, mark: Mark) -> Node {
    let items = text.split(',').map(|item| Node::text(mark, item.trim()));
    Node { mark, value: Value::List(items.collect()) }
}

fn check(name: &str, text: &str, kind: &str, declaration: &Map, mark: Mark, scope: Scope<'_>) -> bool {
    let wrong = |problem: String, remedy: String| {
        scope.error(mark, format!("the value `{}` of parameter {name} {problem}", text.chars().take(80).collect::<String>()), remedy);
        false
    };
    if text.len() > PARAMETER_BYTES_MAX {
        return wrong(format!("has {} bytes", text.len()), format!("CloudFormation takes at most {PARAMETER_BYTES_MAX}"));
    }
    let numbers: Vec<Option<f64>> = match kind {
        "Number" => vec![text.parse().ok()],
        "List<Number>" => text.split(',').map(|item| item.trim().parse().ok()).collect(),
        _ => Vec::new(),
    };
    if numbers.contains(&None) {
        return wrong(format!("is no {kind}"), "write a number".to_owned());
    }
    let bound = |key: &str| declaration.get(key).and_then(Node::as_scalar).and_then(|text| text.parse::<f64>().ok());
    let (least, most) = (bound("MinValue"), bound("MaxValue"));
    if numbers.iter().flatten().any(|n| least.is_some_and(|least| *n < least) || most.is_some_and(|most| *n > most)) {
        return wrong("is outside MinValue and MaxValue".to_owned(), "pass a value within them".to_owned());
    }
    let bound = |key: &str| declaration.get(key).and_then(Node::as_scalar).and_then(|text| text.parse::<usize>().ok());
    let length = text.chars().count();
    if bound("MinLength").is_some_and(|least| length < least) || bound("MaxLength").is_some_and(|most| length > most) {
        return wrong("is outside MinLength and MaxLength".to_owned(), "pass a value within them".to_owned());
    }
    let Some(allowed) = declaration.get("AllowedValues").and_then(Node::as_list) else { return true };
    let allowed: Vec<&str> = allowed.iter().filter_map(Node::as_scalar).collect();
    let list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let permitted = if list { text.split(',').all(|item| allowed.contains(&item.trim())) } else { allowed.contains(&text) };
    permitted || wrong("is not one of its AllowedValues".to_owned(), format!("pass one of: {}", allowed.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Report;
    use crate::read::read as read_text;

    fn run(text: &str, given: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let report = Report::new(Path::new("t"));
        let node = read_text(text, Path::new("t"), report.stack());
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let parameters = read(node.as_ref(), &given, report.stack());
        let mut values: Vec<String> = parameters.iter().map(|(name, parameter)| format!("{name}={}", show(parameter))).collect();
        values.sort();
        let told = report.finish().unwrap_or_else(|errors| errors.diagnostics().to_vec());
        (values, told.into_iter().map(|diagnostic| diagnostic.to_string()).collect())
    }

    fn show(parameter: &Parameter) -> String {
        match parameter {
            Parameter::Value(node) => node.as_list().map_or_else(
                || node.as_scalar().unwrap_or_default().to_owned(),
                |items| items.iter().filter_map(Node::as_scalar).collect::<Vec<_>>().join("|"),
            ),
            Parameter::Remote => "(remote)".to_owned(),
            Parameter::Wrong => "(wrong)".to_owned(),
        }
    }

    #[test]
    fn given_values_win_over_defaults() {
        let text = "Memory: {Type: Number, Default: 512}\nZones: {Type: CommaDelimitedList, Default: 'a, b'}\nBoot: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}\n";
        let (values, told) = run(text, &[("Memory", "1024")]);
        assert_eq!(values, ["Boot=(remote)", "Memory=1024", "Zones=a|b"]);
        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn wrong_and_missing_values_are_located() {
        let text = "A: {Type: String}\nB: {Type: String, AllowedValues: [x, y], Default: z}\nC: {Type: Number, Default: one}\nD: {Type: Number, MaxValue: 5}\nE: {Typ: String}\n";
        let (_, told) = run(text, &[("D", "6")]);
        assert_eq!(
            told,
            [
                "t:1:1: parameter A has no value; give it a Default, or pass `A=…`",
                "t:2:51: the value `z` of parameter B is not one of its AllowedValues; pass one of: x, y",
                "t:3:28: the value `one` of parameter C is no Number; write a number",
                "t:4:1: the value `6` of parameter D is outside MinValue and MaxValue; pass a value within them",
                "t:5:1: parameter E has no Type; add `Type: String` or another parameter type",
                "t:5:5: parameter E has an unknown key `Typ`; did you mean `Type`?",
            ]
        );
    }

    #[test]
    fn a_value_for_no_parameter_is_a_warning() {
        let (_, told) = run("Memory: {Type: Number, Default: 512}\n", &[("Memroy", "1")]);
        assert_eq!(
            told,
            ["t:1:1: a value is given for the parameter Memroy, which this template does not declare; did you mean `Memory`?"]
        );
    }

    #[test]
    fn the_stack_is_named_after_its_folder() {
        assert_eq!(stack_name(Path::new("/x/my_app/template.yaml")), "my-app");
        assert_eq!(stack_name(Path::new("template.yaml")), "ferry");
        assert_eq!(stack_name(Path::new("/42-/t.yaml")), "ferry");
    }
}

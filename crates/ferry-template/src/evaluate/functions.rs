//! `Ref`, `Fn::GetAtt` and the functions over texts and lists.

use super::conditions::wrong_arguments;
use super::{Absent, Evaluated, Evaluator};
use crate::diagnostic::{Mark, Scope, suggest};
use crate::node::{Entry, Node, Value};
use crate::parameters::Parameter;

const PSEUDO: [&str; 7] =
    ["AWS::AccountId", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackId", "AWS::StackName", "AWS::URLSuffix"];

impl Evaluator<'_> {
    pub(super) fn call(&self, function: &Entry, scope: Scope<'_>) -> Evaluated {
        match function.key.as_str() {
            "Ref" => match function.node.as_scalar() {
                Some(name) => self.reference(name, function.node.mark, scope),
                None => wrong_arguments(function, "the name of a parameter or resource", scope),
            },
            "Fn::GetAtt" => self.get_att(function, scope),
            "Fn::Sub" => self.sub(function, scope),
            "Fn::Join" => {
                let [delimiter, items] = self.arguments(function, scope)?;
                let text = self.texts(function, items, scope)?.join(&self.scalar(function, delimiter, scope)?);
                self.text(function.mark, text, scope)
            }
            "Fn::Split" => {
                let [delimiter, text] = self.arguments(function, scope)?;
                self.split(function, &self.scalar(function, delimiter, scope)?, &self.scalar(function, text, scope)?, scope)
            }
            "Fn::Select" => self.select(function, scope),
            "Fn::If" => {
                let [condition, then, otherwise] = self.arguments(function, scope)?;
                let Some(name) = condition.as_scalar() else { return wrong_arguments(function, "a condition's name first", scope) };
                let holds = self.condition(name, condition.mark, scope)?;
                self.evaluate(if holds { then } else { otherwise }, scope)
            }
            "Fn::FindInMap" => self.find_in_map(function, scope),
            "Fn::And" | "Fn::Equals" | "Fn::Not" | "Fn::Or" => {
                scope.error(
                    function.mark,
                    format!("{} stands outside Conditions", function.key),
                    "name the condition there and use Fn::If here",
                );
                Err(Absent::Failed)
            }
            name => {
                let remedy = "use Ref, Fn::Sub, Fn::GetAtt, Fn::Join, Fn::Split, Fn::Select, Fn::If or Fn::FindInMap, or a parameter";
                scope.error(function.mark, format!("{name} is not supported"), remedy);
                Err(Absent::Failed)
            }
        }
    }

    pub(super) fn reference(&self, name: &str, mark: Mark, scope: Scope<'_>) -> Evaluated {
        if name == "AWS::NoValue" {
            return Err(Absent::NoValue);
        }
        if let Some(value) = self.pseudo.get(name) {
            return self.text(mark, value, scope);
        }
        match self.parameters.get(name) {
            Some(Parameter::Value(value)) => return self.evaluate(&Node { mark, value: value.value.clone() }, scope),
            Some(Parameter::Remote) => {
                let problem = format!("the parameter {name} is kept in AWS Systems Manager");
                scope.error(mark, problem, format!("pass a value for it: `{name}=…`"));
                return Err(Absent::Failed);
            }
            Some(Parameter::Wrong) => return Err(Absent::Failed),
            None => {}
        }
        let text = self.resource_reference(name, mark, scope)?.ok_or_else(|| self.undefined(name, mark, scope))?;
        self.text(mark, text, scope)
    }

    fn undefined(&self, name: &str, mark: Mark, scope: Scope<'_>) -> Absent {
        let known = self.parameters.keys().chain(self.resources.keys()).copied().chain(PSEUDO);
        scope.error(mark, format!("`{name}` is neither a parameter nor a resource of this template"), suggest(name, known));
        Absent::Failed
    }

    fn get_att(&self, function: &Entry, scope: Scope<'_>) -> Evaluated {
        let (logical_id, attribute) = match &function.node.value {
            Value::Scalar(scalar) => match scalar.text.split_once('.') {
                Some((logical_id, attribute)) => (logical_id.to_owned(), attribute.to_owned()),
                None => return wrong_arguments(function, "`Resource.Attribute`", scope),
            },
            _ => {
                let [logical_id, attribute] = self.arguments(function, scope)?;
                (self.scalar(function, logical_id, scope)?, self.scalar(function, attribute, scope)?)
            }
        };
        self.attribute_value(&logical_id, &attribute, function.node.mark, scope)
    }

    pub(super) fn attribute_value(&self, logical_id: &str, attribute: &str, mark: Mark, scope: Scope<'_>) -> Evaluated {
        let text = self.resource_attribute(logical_id, attribute, mark, scope)?;
        self.text(mark, text.ok_or_else(|| self.undefined(logical_id, mark, scope))?, scope)
    }

    fn split(&self, function: &Entry, delimiter: &str, text: &str, scope: Scope<'_>) -> Evaluated {
        if delimiter.is_empty() {
            return wrong_arguments(function, "a delimiter that is not empty", scope);
        }
        let items: Result<_, _> = text.split(delimiter).map(|item| self.text(function.mark, item.to_owned(), scope)).collect();
        Ok(Node { mark: function.mark, value: Value::List(items?) })
    }

    fn select(&self, function: &Entry, scope: Scope<'_>) -> Evaluated {
        let [index, items] = self.arguments(function, scope)?;
        let index = self.scalar(function, index, scope)?;
        let items = self.evaluate(items, scope)?;
        let Some(items) = items.as_list() else { return wrong_arguments(function, "an index and a list", scope) };
        match index.parse::<usize>().ok().and_then(|index| items.get(index)) {
            Some(item) => Ok(item.clone()),
            None => {
                let problem = format!("Fn::Select asks for item {index} of a list of {}", items.len());
                scope.error(function.mark, problem, "count from 0 to one below the length");
                Err(Absent::Failed)
            }
        }
    }

    fn find_in_map(&self, function: &Entry, scope: Scope<'_>) -> Evaluated {
        let [map, first, second] = self.arguments(function, scope)?;
        let keys = [self.scalar(function, map, scope)?, self.scalar(function, first, scope)?, self.scalar(function, second, scope)?];
        let mut level = self.mappings;
        for (key, wanted) in keys.iter().zip([map, first, second]) {
            let found = level.and_then(|map| map.get(key));
            let Some(found) = found else {
                let known = level.into_iter().flat_map(|map| &map.entries).map(|entry| entry.key.as_str());
                scope.error(wanted.mark, format!("Mappings have no `{key}` here ({})", keys.join(" / ")), suggest(key, known));
                return Err(Absent::Failed);
            };
            level = found.as_map();
            if level.is_none() {
                return self.evaluate(&Node { mark: function.mark, value: found.value.clone() }, scope);
            }
        }
        scope.error(
            function.mark,
            format!("Mappings are nested deeper than two keys at {}", keys.join(" / ")),
            "keep a value or a list there",
        );
        Err(Absent::Failed)
    }

    /// The function's arguments, exactly `N`.
    pub(super) fn arguments<'n, const N: usize>(&self, function: &'n Entry, scope: Scope<'_>) -> Evaluated<&'n [Node; N]> {
        match function.node.as_list().and_then(|items| items.try_into().ok()) {
            Some(items) => Ok(items),
            None => wrong_arguments(function, &format!("a list of {N}"), scope),
        }
    }

    /// The evaluated text of one argument.
    pub(super) fn scalar(&self, function: &Entry, argument: &Node, scope: Scope<'_>) -> Evaluated<String> {
        let value = self.evaluate(argument, scope)?;
        match &value.value {
            Value::Scalar(scalar) => Ok(scalar.canonical().to_owned()),
            Value::Null | Value::List(_) | Value::Map(_) => {
                scope.error(argument.mark, format!("{} takes a text here, this is {}", function.key, value.kind()), "write a text");
                Err(Absent::Failed)
            }
        }
    }

    fn texts(&self, function: &Entry, argument: &Node, scope: Scope<'_>) -> Evaluated<Vec<String>> {
        let items = self.evaluate(argument, scope)?;
        match items.as_list() {
            Some(items) => items.iter().map(|item| self.scalar(function, item, scope)).collect(),
            None => {
                scope.error(argument.mark, format!("{} takes a list here, this is {}", function.key, items.kind()), "write a list");
                Err(Absent::Failed)
            }
        }
    }
}

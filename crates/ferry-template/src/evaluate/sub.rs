//! `Fn::Sub`: `${Name}`, `${Resource.Attribute}`, `${!Literal}`, and the form with its own variables.

use super::conditions::wrong_arguments;
use super::{Absent, Evaluated, Evaluator};
use crate::diagnostic::{Mark, Scope};
use crate::limits::EVALUATED_WEIGHT_MAX;
use crate::node::{Entry, Map, Node, Value};

impl Evaluator<'_> {
    pub(super) fn sub(&self, function: &Entry, scope: Scope<'_>) -> Evaluated {
        let none = Map::default();
        let (template, variables) = match &function.node.value {
            Value::Scalar(_) => (&function.node, &none),
            Value::List(items) => match items.as_slice() {
                [template, Node { value: Value::Map(variables), .. }] => (template, variables),
                _ => return wrong_arguments(function, "a text, or a list of a text and a map of variables", scope),
            },
            Value::Null | Value::Map(_) => return wrong_arguments(function, "a text, or a list of a text and a map of variables", scope),
        };
        let Some(text) = template.as_scalar() else { return wrong_arguments(function, "a literal text", scope) };
        let text = self.substitute(function, text, template.mark, variables, scope)?;
        self.text(function.mark, text, scope)
    }

    fn substitute(&self, function: &Entry, mut text: &str, mark: Mark, variables: &Map, scope: Scope<'_>) -> Evaluated<String> {
        let mut result = String::new();
        let mut failed = false;
        while let Some((before, rest)) = text.split_once("${") {
            result.push_str(before);
            let Some((name, after)) = rest.split_once('}') else {
                scope.error(mark, "a `${` in Fn::Sub is not closed", "write `${Name}`, or `${!Name}` for the text itself");
                return Err(Absent::Failed);
            };
            text = after;
            match name.strip_prefix('!') {
                Some(literal) => result.extend(["${", literal, "}"]),
                None => match self.variable(function, name.trim(), mark, variables, scope) {
                    Ok(value) => result.push_str(&value),
                    Err(_) => failed = true,
                },
            }
            if result.len() > EVALUATED_WEIGHT_MAX {
                // Over the limit already: charging it tells so.
                break;
            }
        }
        result.push_str(text);
        if failed { Err(Absent::Failed) } else { Ok(result) }
    }

    fn variable(&self, function: &Entry, name: &str, mark: Mark, variables: &Map, scope: Scope<'_>) -> Evaluated<String> {
        if let Some(node) = variables.get(name) {
            return self.scalar(function, node, scope);
        }
        let value = match name.split_once('.') {
            Some((logical_id, attribute)) => self.attribute_value(logical_id, attribute, mark, scope),
            None => self.reference(name, mark, scope),
        };
        match value {
            Ok(node) => self.scalar(function, &node, scope),
            Err(Absent::NoValue) => {
                scope.error(mark, "AWS::NoValue is no text for Fn::Sub", "use Fn::If around the whole value");
                Err(Absent::Failed)
            }
            Err(Absent::Failed) => Err(Absent::Failed),
        }
    }
}

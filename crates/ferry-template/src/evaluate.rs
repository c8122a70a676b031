//! Evaluation: intrinsic functions, parameters and conditions out, plain values in.
//!
//! Only what Ferry reads is evaluated, so that an unsupported function in a property without effect here (`Tags`, a policy) is
//! no error. All work is bounded: [`Evaluator::evaluate`] counts its depth and the weight of what it makes.

mod conditions;
mod functions;
mod sub;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use crate::diagnostic::{Mark, Scope};
use crate::limits::{EVALUATED_WEIGHT_MAX, EVALUATION_DEPTH_MAX};
use crate::node::{Entry, Map, Node, Scalar, Value};
use crate::parameters::{Parameter, Pseudo};
use crate::resource::Resource;

/// Why an expression has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// `AWS::NoValue`: as if the property were not written.
    NoValue,
    /// The reason is reported.
    Failed,
}

pub(crate) type Evaluated<T = Node> = Result<T, Absent>;

/// What a computation that may be asked for again has come to.
#[derive(Debug, Clone)]
pub(crate) enum Memo<T> {
    /// Begun and not finished: asking again means a circle.
    Begun,
    Done(Evaluated<T>),
}

#[derive(Debug)]
pub(crate) struct Evaluator<'t> {
    pub(crate) pseudo: Pseudo,
    pub(crate) parameters: HashMap<&'t str, Parameter>,
    pub(crate) mappings: Option<&'t Map>,
    pub(crate) conditions: Option<&'t Map>,
    /// All of the template's resources by logical id, those whose condition is false too.
    pub(crate) resources: HashMap<&'t str, Resource<'t>>,
    pub(crate) condition_memo: RefCell<HashMap<String, Memo<bool>>>,
    /// Names of resources, by logical id.
    pub(crate) name_memo: RefCell<HashMap<String, Memo<String>>>,
    depth: Cell<usize>,
    weight: Cell<usize>,
}

impl<'t> Evaluator<'t> {
    pub(crate) fn new(
        pseudo: Pseudo,
        parameters: HashMap<&'t str, Parameter>,
        mappings: Option<&'t Map>,
        conditions: Option<&'t Map>,
        resources: HashMap<&'t str, Resource<'t>>,
    ) -> Self {
        Self {
            pseudo,
            parameters,
            mappings,
            conditions,
            resources,
            condition_memo: RefCell::default(),
            name_memo: RefCell::default(),
            depth: Cell::new(0),
            weight: Cell::new(0),
        }
    }

    /// The value of an expression. Members that are `AWS::NoValue` are left out of their list or map.
    pub(crate) fn evaluate(&self, node: &Node, scope: Scope<'_>) -> Evaluated {
        if self.depth.get() >= EVALUATION_DEPTH_MAX {
            scope.error(
                node.mark,
                format!("this leads through more than {EVALUATION_DEPTH_MAX} values"),
                "shorten the chain of references",
            );
            return Err(Absent::Failed);
        }
        self.depth.set(self.depth.get() + 1);
        let evaluated = self.evaluate_value(node, scope);
        self.depth.set(self.depth.get() - 1);
        evaluated
    }

    fn evaluate_value(&self, node: &Node, scope: Scope<'_>) -> Evaluated {
        let value = match &node.value {
            Value::Null => Value::Null,
            Value::Scalar(scalar) => {
                self.charge(scalar.text.len(), node.mark, scope)?;
                Value::Scalar(scalar.clone())
            }
            Value::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                self.each(items, scope, |item| item, |_, value| values.push(value))?;
                Value::List(values)
            }
            Value::Map(map) => match map.intrinsic() {
                Some(function) => return self.call(function, scope),
                None => Value::Map(self.evaluate_map(map, scope)?),
            },
        };
        self.charge(0, node.mark, scope)?;
        Ok(Node { mark: node.mark, value })
    }

    fn evaluate_map(&self, map: &Map, scope: Scope<'_>) -> Evaluated<Map> {
        if let Some(function) = map.entries.iter().find(|entry| entry.key.starts_with("Fn::")) {
            scope.error(function.mark, format!("{} stands beside other keys", function.key), "give it a map of its own");
            return Err(Absent::Failed);
        }
        let mut values = Map::default();
        self.each(
            &map.entries,
            scope,
            |entry| &entry.node,
            |entry, node| values.entries.push(Entry { key: entry.key.clone(), mark: entry.mark, node }),
        )?;
        Ok(values)
    }

    /// Evaluates every item, also after one has failed, so that all problems are told.
    fn each<'i, I>(
        &self,
        items: &'i [I],
        scope: Scope<'_>,
        node: impl Fn(&I) -> &Node,
        mut keep: impl FnMut(&'i I, Node),
    ) -> Evaluated<()> {
        let mut failed = false;
        for item in items {
            match self.evaluate(node(item), scope) {
                Ok(value) => keep(item, value),
                Err(Absent::NoValue) => {}
                Err(Absent::Failed) => failed = true,
            }
        }
        if failed { Err(Absent::Failed) } else { Ok(()) }
    }

    /// A text that an evaluation has made, paid for.
    pub(crate) fn text(&self, mark: Mark, text: String, scope: Scope<'_>) -> Evaluated {
        self.charge(text.len(), mark, scope)?;
        Ok(Node { mark, value: Value::Scalar(Scalar { text, bare: false }) })
    }

    fn charge(&self, bytes: usize, mark: Mark, scope: Scope<'_>) -> Evaluated<()> {
        const NODE_WEIGHT: usize = 16;
        let spent = self.weight.get().saturating_add(bytes + NODE_WEIGHT);
        self.weight.set(spent);
        if spent <= EVALUATED_WEIGHT_MAX {
            return Ok(());
        }
        if spent - (bytes + NODE_WEIGHT) <= EVALUATED_WEIGHT_MAX {
            scope.error(mark, "evaluating this template makes more text than Ferry takes", "repeat less through Sub, Join and FindInMap");
        }
        Err(Absent::Failed)
    }

    /// The resource that a function may refer to, or None with the reason reported.
    pub(crate) fn referred(&self, logical_id: &str, mark: Mark, scope: Scope<'_>) -> Option<&Resource<'t>> {
        let resource = self.resources.get(logical_id)?;
        match self.exists(resource, scope) {
            Some(true) => Some(resource),
            Some(false) => {
                scope.error(
                    mark,
                    format!("{logical_id} does not exist: its Condition is false"),
                    "guard this with Fn::If on the same condition",
                );
                None
            }
            None => None,
        }
    }

    /// Whether the resource's condition holds; None when that cannot be told, with the reason reported.
    pub(crate) fn exists(&self, resource: &Resource<'t>, scope: Scope<'_>) -> Option<bool> {
        let Some(condition) = resource.condition else { return Some(true) };
        let Some(name) = condition.as_scalar() else {
            scope.error(condition.mark, format!("Condition is {}", condition.kind()), "write the name of one of the template's Conditions");
            return None;
        };
        self.condition(name, condition.mark, scope).ok()
    }
}

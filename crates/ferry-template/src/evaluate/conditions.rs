//! The `Conditions` section: `Fn::And`, `Fn::Or`, `Fn::Not`, `Fn::Equals` and references between conditions.

use super::{Absent, Evaluated, Evaluator, Memo};
use crate::diagnostic::{Mark, Scope, suggest};
use crate::limits::EVALUATION_DEPTH_MAX;
use crate::node::{Entry, Node, Value};

impl Evaluator<'_> {
    /// Whether the condition of this name holds. Each is worked out once.
    pub(crate) fn condition(&self, name: &str, mark: Mark, scope: Scope<'_>) -> Evaluated<bool> {
        let known = self.condition_memo.borrow().get(name).cloned();
        match known {
            Some(Memo::Done(truth)) => return truth,
            Some(Memo::Begun) => {
                scope.error(mark, format!("the condition {name} depends on itself"), "break the circle");
                return Err(Absent::Failed);
            }
            None => {}
        }
        let Some(node) = self.conditions.and_then(|conditions| conditions.get(name)) else {
            let names = self.conditions.into_iter().flat_map(|map| &map.entries).map(|entry| entry.key.as_str());
            scope.error(mark, format!("there is no condition {name}"), suggest(name, names));
            return Err(Absent::Failed);
        };
        self.condition_memo.borrow_mut().insert(name.to_owned(), Memo::Begun);
        let truth = self.truth(node, scope);
        self.condition_memo.borrow_mut().insert(name.to_owned(), Memo::Done(truth));
        truth
    }

    fn truth(&self, node: &Node, scope: Scope<'_>) -> Evaluated<bool> {
        if self.depth.get() >= EVALUATION_DEPTH_MAX {
            scope.error(
                node.mark,
                format!("this leads through more than {EVALUATION_DEPTH_MAX} values"),
                "shorten the chain of conditions",
            );
            return Err(Absent::Failed);
        }
        self.depth.set(self.depth.get() + 1);
        let truth = self.truth_of(node, scope);
        self.depth.set(self.depth.get() - 1);
        truth
    }

    fn truth_of(&self, node: &Node, scope: Scope<'_>) -> Evaluated<bool> {
        let Some([function]) = node.as_map().map(|map| map.entries.as_slice()) else {
            let problem = format!("a condition is one function, this is {}", node.kind());
            scope.error(node.mark, problem, "write Fn::And, Fn::Or, Fn::Not, Fn::Equals or `Condition: Name`");
            return Err(Absent::Failed);
        };
        match function.key.as_str() {
            "Condition" => match function.node.as_scalar() {
                Some(name) => self.condition(name, function.node.mark, scope),
                None => wrong_arguments(function, "the name of a condition", scope),
            },
            "Fn::Equals" => {
                let [left, right] = self.arguments(function, scope)?;
                let (left, right) = (self.evaluate(left, scope)?, self.evaluate(right, scope)?);
                Ok(left.same_value(&right))
            }
            "Fn::Not" => {
                let [inner] = self.arguments(function, scope)?;
                Ok(!self.truth(inner, scope)?)
            }
            "Fn::And" => Ok(self.truths(function, scope)?.into_iter().all(|truth| truth)),
            "Fn::Or" => Ok(self.truths(function, scope)?.into_iter().any(|truth| truth)),
            name => {
                let remedy = suggest(name, ["Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition"]);
                scope.error(function.mark, format!("{name} is no condition function"), remedy);
                Err(Absent::Failed)
            }
        }
    }

    fn truths(&self, function: &Entry, scope: Scope<'_>) -> Evaluated<Vec<bool>> {
        match function.node.as_list() {
            Some(items) if (2..=10).contains(&items.len()) => items.iter().map(|item| self.truth(item, scope)).collect(),
            _ => wrong_arguments(function, "a list of 2 to 10 conditions", scope),
        }
    }
}

pub(super) fn wrong_arguments<T>(function: &Entry, wanted: &str, scope: Scope<'_>) -> Evaluated<T> {
    scope.error(function.node.mark, format!("{} takes {wanted}, this is {}", function.key, function.node.kind()), "write it in that form");
    Err(Absent::Failed)
}

impl Node {
    /// Equality of evaluated values wherever they stand, as texts: `512` and `"512"` are the same to CloudFormation.
    fn same_value(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Null, Value::Null) => true,
            (Value::Scalar(left), Value::Scalar(right)) => left.canonical() == right.canonical(),
            (Value::List(left), Value::List(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.same_value(right))
            }
            (Value::Map(left), Value::Map(right)) => {
                left.entries.len() == right.entries.len()
                    && left.entries.iter().all(|entry| right.get(&entry.key).is_some_and(|node| entry.node.same_value(node)))
            }
            _ => false,
        }
    }
}

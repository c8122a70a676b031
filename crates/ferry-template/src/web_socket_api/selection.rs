//! `RouteSelectionExpression`: `$request.body.action`, or text around `${request.body.action}`.

use crate::model::{RouteSelection, SelectionPart};

/// Why a text is no route selection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RouteSelectionError {
    #[error("it is empty")]
    Empty,
    #[error("only members of the message's body can be selected")]
    NotTheBody,
    #[error("the path after `request.body` is not made of names with dots between")]
    Path,
    #[error("a `${{` is not closed")]
    Open,
}

impl RouteSelection {
    /// Reads an expression as API Gateway writes it. `\$` stands for a dollar sign.
    pub fn parse(expression: &str) -> Result<Self, RouteSelectionError> {
        if expression.is_empty() {
            return Err(RouteSelectionError::Empty);
        }
        if expression.starts_with('$') && !expression.starts_with("${") {
            return Ok(Self { parts: vec![body(&expression[1..])?] });
        }
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = expression;
        while let Some(first) = rest.chars().next() {
            if let Some(inner) = rest.strip_prefix("${") {
                let (path, after) = inner.split_once('}').ok_or(RouteSelectionError::Open)?;
                if !text.is_empty() {
                    parts.push(SelectionPart::Text(std::mem::take(&mut text)));
                }
                parts.push(body(path)?);
                rest = after;
                continue;
            }
            let escaped = rest.starts_with("\\$");
            if first == '$' {
                return Err(RouteSelectionError::NotTheBody);
            }
            text.push(if escaped { '$' } else { first });
            rest = &rest[if escaped { 2 } else { first.len_utf8() }..];
        }
        if !text.is_empty() {
            parts.push(SelectionPart::Text(text));
        }
        Ok(Self { parts })
    }
}

fn body(path: &str) -> Result<SelectionPart, RouteSelectionError> {
    let names = path.strip_prefix("request.body.").ok_or(RouteSelectionError::NotTheBody)?;
    let proper = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    if !names.split('.').all(proper) {
        return Err(RouteSelectionError::Path);
    }
    Ok(SelectionPart::Body(names.split('.').map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(text: &str) -> SelectionPart {
        SelectionPart::Text(text.to_owned())
    }

    fn path(names: &[&str]) -> SelectionPart {
        SelectionPart::Body(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn every_documented_form_is_read() {
        for (expression, parts) in [
            ("$request.body.action", vec![path(&["action"])]),
            ("$request.body.a.b", vec![path(&["a", "b"])]),
            ("${request.body.action}", vec![path(&["action"])]),
            ("v1-${request.body.a.b}/${request.body.c}", vec![text("v1-"), path(&["a", "b"]), text("/"), path(&["c"])]),
            ("\\$default", vec![text("$default")]),
        ] {
            assert_eq!(RouteSelection::parse(expression), Ok(RouteSelection { parts }), "{expression}");
        }
    }

    #[test]
    fn what_selects_nothing_is_told() {
        for (expression, error) in [
            ("", RouteSelectionError::Empty),
            ("$request.header.x", RouteSelectionError::NotTheBody),
            ("${context.routeKey}", RouteSelectionError::NotTheBody),
            ("a$request.body.b", RouteSelectionError::NotTheBody),
            ("$request.body", RouteSelectionError::NotTheBody),
            ("$request.body.", RouteSelectionError::Path),
            ("$request.body.a..b", RouteSelectionError::Path),
            ("$request.body.a[0]", RouteSelectionError::Path),
            ("${request.body.a", RouteSelectionError::Open),
        ] {
            assert_eq!(RouteSelection::parse(expression), Err(error), "{expression}");
        }
    }

    proptest! {
        #[test]
        fn no_expression_breaks_the_reader(expression in "(\\$|\\{|\\}|\\\\|request|\\.|body|é|a){0,12}") {
            let _ = RouteSelection::parse(&expression);
        }
    }
}

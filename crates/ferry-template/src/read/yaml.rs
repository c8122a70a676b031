//! YAML with places, and CloudFormation's short tags turned into their long form.

use std::collections::{HashMap, HashSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::Unreadable;
use crate::diagnostic::{Mark, suggest};
use crate::limits::{ALIAS_WEIGHT_MAX, KEYS_MAX, NESTING_MAX};
use crate::node::{Entry, Map, Node, Scalar, Value};

/// Functions that have a short tag `!X` for `Fn::X`; `!Ref` and `!Condition` keep their bare name.
const TAGGED_FUNCTIONS: [&str; 19] = [
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "GetStackOutput",
    "If",
    "ImportValue",
    "Join",
    "Length",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "ToJsonString",
    "Transform",
];

pub(super) fn read(text: &str) -> Result<Node, Unreadable> {
    let mut reader = Reader { parser: Parser::new_from_str(text), anchors: HashMap::new(), alias_weight: 0 };
    let mut document = None;
    loop {
        let (event, span) = reader.next()?;
        match event {
            Event::StreamEnd => break,
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
            event if document.is_none() => document = Some(reader.node(event, span, 0)?),
            _ => {
                let problem = "a second YAML document starts here".to_owned();
                return Err(Unreadable::rule(mark(span), problem, "a template is one document: remove the rest"));
            }
        }
    }
    document.ok_or_else(|| {
        let problem = "the template is empty".to_owned();
        Unreadable::rule(Mark { line: 1, column: 1 }, problem, "declare `Resources` with at least one function")
    })
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Finished anchored values by the parser's number: an alias inside its own anchor finds none.
    anchors: HashMap<usize, Node>,
    alias_weight: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Result<(Event<'t>, Span), Unreadable> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                let at = Mark { line: error.marker().line().max(1), column: error.marker().col() + 1 };
                Err(Unreadable::syntax(at, format!("this is not YAML: {}", error.info())))
            }
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Unreadable> {
        let mark = mark(span);
        if depth >= NESTING_MAX {
            return Err(Unreadable::too_deep(mark));
        }
        let (value, anchor, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => (scalar(text.into_owned(), style, tag.as_deref()), anchor, tag),
            Event::SequenceStart(anchor, tag) => (self.list(depth)?, anchor, tag),
            Event::MappingStart(anchor, tag) => (Value::Map(self.map(depth)?), anchor, tag),
            Event::Alias(anchor) => return self.alias(anchor, mark),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => return Err(Unreadable::syntax(mark, "a value is missing".to_owned())),
        };
        let node = long_form(Node { mark, value }, tag.as_deref())?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Value, Unreadable> {
        let mut items = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                return Ok(Value::List(items));
            }
            items.push(self.node(event, span, depth + 1)?);
        }
    }

    fn map(&mut self, depth: usize) -> Result<Map, Unreadable> {
        let mut map = Map::default();
        let mut seen = HashSet::new();
        loop {
            let (event, span) = self.next()?;
            let key_mark = mark(span);
            let key = match event {
                Event::MappingEnd => return Ok(map),
                Event::Scalar(text, ..) => text.into_owned(),
                _ => {
                    let problem = "the key of this map is not a plain text".to_owned();
                    return Err(Unreadable::rule(key_mark, problem, "write the key as text"));
                }
            };
            if key == "<<" {
                let problem = "merge keys (`<<`) are not part of CloudFormation".to_owned();
                return Err(Unreadable::rule(key_mark, problem, "write the values out, or use Globals"));
            }
            if !seen.insert(key.clone()) {
                return Err(Unreadable::duplicate_key(key_mark, &key));
            }
            if map.entries.len() == KEYS_MAX {
                return Err(Unreadable::too_many_keys(key_mark));
            }
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            map.entries.push(Entry { key, mark: key_mark, node });
        }
    }

    fn alias(&mut self, anchor: usize, mark: Mark) -> Result<Node, Unreadable> {
        let Some(node) = self.anchors.get(&anchor) else {
            let problem = "this alias stands inside the value it names".to_owned();
            return Err(Unreadable::rule(mark, problem, "write the value out"));
        };
        self.alias_weight += node.weight();
        if self.alias_weight > ALIAS_WEIGHT_MAX {
            let problem = "the aliases of this template repeat too much".to_owned();
            return Err(Unreadable::rule(mark, problem, "write the values out, or use Globals"));
        }
        Ok(node.clone())
    }
}

fn mark(span: Span) -> Mark {
    Mark { line: span.start.line().max(1), column: span.start.col() + 1 }
}

fn scalar(text: String, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let bare = style == ScalarStyle::Plain && !tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    match text.as_str() {
        "" | "~" | "null" | "Null" | "NULL" if bare => Value::Null,
        _ => Value::Scalar(Scalar { text, bare }),
    }
}

fn long_form(node: Node, tag: Option<&Tag>) -> Result<Node, Unreadable> {
    let Some(tag) = tag else { return Ok(node) };
    // `!` alone means "as text"; `!!str` and its kin say what YAML knows anyway.
    if tag.is_yaml_core_schema() || tag.suffix.is_empty() || tag.suffix == "!" {
        return Ok(node);
    }
    let mark = node.mark;
    let key = match tag.suffix.as_str() {
        name @ ("Ref" | "Condition") => name.to_owned(),
        name if TAGGED_FUNCTIONS.contains(&name) => format!("Fn::{name}"),
        name => {
            let known = TAGGED_FUNCTIONS.into_iter().chain(["Ref", "Condition"]);
            let problem = format!("unknown tag `!{name}`: {}", suggest(name, known));
            return Err(Unreadable::rule(mark, problem, "use a CloudFormation function, or quote the value"));
        }
    };
    let entries = vec![Entry { key, mark, node }];
    Ok(Node { mark, value: Value::Map(Map { entries }) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get<'a>(node: &'a Node, key: &str) -> &'a Node {
        node.as_map().and_then(|map| map.get(key)).expect("key")
    }

    fn told(text: &str) -> (usize, usize, String) {
        read(text).map_err(|error| (error.mark.line, error.mark.column, error.problem)).expect_err("wrong")
    }

    #[test]
    fn places_styles_and_nulls() {
        let node = read("a: 'true'\nb:\n  - true\n  - ~\n  -\n  - 2012-10-17\n").expect("yaml");
        assert_eq!(get(&node, "a").value, Value::Scalar(Scalar { text: "true".to_owned(), bare: false }));
        let items = get(&node, "b").as_list().expect("list");
        assert_eq!(items[0].value, Value::Scalar(Scalar { text: "true".to_owned(), bare: true }));
        assert_eq!((items[1].value.clone(), items[2].value.clone()), (Value::Null, Value::Null));
        assert_eq!(items[3].as_scalar(), Some("2012-10-17"));
        assert_eq!(items[3].mark, Mark { line: 6, column: 5 });
    }

    #[test]
    fn short_tags_become_long_forms() {
        let node = read("a: !Ref X\nb: !Sub\n  - '${a}'\n  - a: !GetAtt F.Arn\nc: !!str 5\n").expect("yaml");
        assert_eq!(get(get(&node, "a"), "Ref").as_scalar(), Some("X"));
        let sub = get(get(&node, "b"), "Fn::Sub").as_list().expect("list");
        assert_eq!(get(get(&sub[1], "a"), "Fn::GetAtt").as_scalar(), Some("F.Arn"));
        assert_eq!(get(&node, "c").value, Value::Scalar(Scalar { text: "5".to_owned(), bare: false }));
    }

    #[test]
    fn aliases_repeat_a_value_and_are_bounded() {
        let node = read("a: &x [1, 2]\nb: *x\n").expect("yaml");
        assert_eq!(get(&node, "a"), get(&node, "b"));
        assert!(told("a: &x [*x]\n").2.contains("inside the value"));
        let mut bomb = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
        for level in 1..12 {
            let previous = format!("*a{}, ", level - 1).repeat(10);
            bomb.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
        }
        assert!(told(&bomb).2.contains("repeat too much"));
    }

    #[test]
    fn what_is_wrong_is_located() {
        assert_eq!(told("a: 1\nb: 2\na: 3\n"), (3, 1, "the key `a` is there twice".to_owned()));
        assert_eq!(told("a:\n  <<: {b: 1}\n").0, 2);
        assert_eq!(told("a: 1\n---\nb: 2\n").0, 3);
        assert!(told("a: !Reff b\n").2.contains("did you mean `Ref`?"));
        assert_eq!(told(&"[".repeat(100)).2, "values are nested more than 64 deep");
        let wide: String = (0..=KEYS_MAX).map(|n| format!("k{n}: 1\n")).collect();
        assert_eq!(told(&wide), (2001, 1, "this map has more than 2000 keys".to_owned()));
        assert_eq!(told("# nothing\n").2, "the template is empty");
        assert!(told("a: [1, 2\nb: 3\n").2.starts_with("this is not YAML"));
    }
}

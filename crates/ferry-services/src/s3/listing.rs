//! Listing: one page of keys and common prefixes out of an ordered map, in UTF-8 byte order.

use std::collections::BTreeMap;
use std::ops::Bound;

/// What to list.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Query<'a> {
    pub(crate) prefix: &'a str,
    /// Keys that contain it behind the prefix are rolled up into one common prefix. Never empty.
    pub(crate) delimiter: Option<&'a str>,
    /// Only keys and common prefixes behind this one.
    pub(crate) after: Option<&'a str>,
    pub(crate) max: usize,
}

/// One page; keys and prefixes each in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page<'m, T> {
    pub(crate) entries: Vec<(&'m str, &'m T)>,
    pub(crate) prefixes: Vec<String>,
    /// There is more: list on after this key or common prefix.
    pub(crate) next: Option<String>,
}

/// One page of `map`. The cost is that of what is answered: a common prefix is stepped over in one seek, however many keys it holds.
pub(crate) fn page<'m, T>(map: &'m BTreeMap<String, T>, query: &Query<'_>) -> Page<'m, T> {
    let mut page = Page { entries: Vec::new(), prefixes: Vec::new(), next: None };
    if query.max == 0 {
        return page;
    }
    let mut last: Option<String> = None;
    let mut from: Bound<String> = match query.after {
        Some(after) if after >= query.prefix => Bound::Excluded(after.to_owned()),
        _ => Bound::Included(query.prefix.to_owned()),
    };
    while let Some((key, value)) = map.range::<str, _>((from.as_ref().map(String::as_str), Bound::Unbounded)).next() {
        if !key.starts_with(query.prefix) {
            break;
        }
        let common = common_prefix(key, query);
        let behind = common.is_none_or(|common| Some(common) > query.after && Some(common) != page.prefixes.last().map(String::as_str));
        if behind && page.entries.len() + page.prefixes.len() == query.max {
            page.next = last;
            break;
        }
        from = Bound::Excluded(match common {
            // No key behind the common prefix sorts after it followed by the last character there is, but for keys that begin with
            // that character: those are met again and passed over.
            Some(common) => format!("{common}{}", char::MAX).max(key.clone()),
            None => key.clone(),
        });
        match common {
            None => page.entries.push((key, value)),
            Some(common) if behind => page.prefixes.push(common.to_owned()),
            Some(_) => continue,
        }
        last = Some(common.unwrap_or(key).to_owned());
    }
    page
}

fn common_prefix<'k>(key: &'k str, query: &Query<'_>) -> Option<&'k str> {
    let delimiter = query.delimiter?;
    let start = query.prefix.len();
    let at = key[start..].find(delimiter)?;
    Some(&key[..start + at + delimiter.len()])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    /// The obvious twin: everything rolled up at once, then cut.
    fn twin(keys: &BTreeSet<String>, query: &Query<'_>) -> Vec<String> {
        let names: BTreeSet<String> = keys
            .iter()
            .filter(|key| key.starts_with(query.prefix))
            .map(|key| match query.delimiter.and_then(|delimiter| Some((delimiter, key[query.prefix.len()..].find(delimiter)?))) {
                Some((delimiter, at)) => format!("{}{}", &key[..query.prefix.len() + at], delimiter),
                None => key.clone(),
            })
            .collect();
        names.into_iter().filter(|name| query.after.is_none_or(|after| name.as_str() > after)).collect()
    }

    proptest! {
        #[test]
        fn pages_are_the_twin_in_pieces(
            keys in prop::collection::btree_set("[ab/é\u{10FFFF}]{1,6}", 0..40),
            prefix in "[ab/]{0,2}", delimiter in prop::option::of("[/a]{1,2}"), start in prop::option::of("[ab/]{0,3}"), max in 1usize..7,
        ) {
            let map: BTreeMap<String, ()> = keys.iter().map(|key| (key.clone(), ())).collect();
            let mut after = start.clone();
            let mut names = Vec::new();
            loop {
                let query = Query { prefix: &prefix, delimiter: delimiter.as_deref(), after: after.as_deref(), max };
                let page = page(&map, &query);
                let mut here: Vec<String> = page.entries.iter().map(|(key, ())| (*key).to_owned()).chain(page.prefixes).collect();
                here.sort();
                prop_assert!(here.len() <= max);
                names.extend(here);
                match page.next {
                    Some(next) => {
                        prop_assert_eq!(Some(&next), names.last());
                        after = Some(next);
                    }
                    None => break,
                }
            }
            let whole = Query { prefix: &prefix, delimiter: delimiter.as_deref(), after: start.as_deref(), max: 0 };
            prop_assert_eq!(names, twin(&keys, &whole));
        }
    }
}

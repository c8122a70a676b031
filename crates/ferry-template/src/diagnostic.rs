//! What is wrong with a template, and where: every problem carries its place, the logical id it concerns and the remedy.
//!
//! A [`Report`] collects them, so that one reading names everything that has to be changed.

use std::cell::RefCell;
use std::fmt;
use std::path::{Path, PathBuf};

use crate::limits::DIAGNOSTICS_MAX;

/// A place in a template's text, both from 1; the column counts characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    pub line: usize,
    pub column: usize,
}

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The template, as the caller named it.
    pub path: PathBuf,
    /// None only when the file could not be read at all.
    pub mark: Option<Mark>,
    pub logical_id: Option<String>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some(mark) = self.mark {
            write!(f, ":{}:{}", mark.line, mark.column)?;
        }
        if let Some(logical_id) = &self.logical_id {
            write!(f, ": {logical_id}")?;
        }
        write!(f, ": {}; {}", self.problem, self.remedy)
    }
}

/// Everything that keeps a template from loading, in the order of its text; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateErrors {
    diagnostics: Vec<Diagnostic>,
    /// Errors beyond [`DIAGNOSTICS_MAX`], counted only.
    left_out: usize,
}

impl TemplateErrors {
    /// The template file could not be read: there is no place to name.
    pub(crate) fn unreadable(path: &Path, problem: String, remedy: &str) -> Self {
        let diagnostic = Diagnostic { path: path.to_owned(), mark: None, logical_id: None, problem, remedy: remedy.to_owned() };
        Self { diagnostics: vec![diagnostic], left_out: 0 }
    }

    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }
}

impl fmt::Display for TemplateErrors {
    /// One error a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        if self.left_out > 0 {
            write!(f, "\n… and {} more errors", self.left_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for TemplateErrors {}

/// Collects the problems of one template. Shared by reference: every reader may add, none needs to hand back.
#[derive(Debug)]
pub(crate) struct Report {
    path: PathBuf,
    errors: RefCell<Collected>,
    warnings: RefCell<Collected>,
}

#[derive(Debug, Default)]
struct Collected {
    diagnostics: Vec<Diagnostic>,
    left_out: usize,
}

impl Report {
    pub(crate) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), errors: RefCell::default(), warnings: RefCell::default() }
    }

    /// A scope for what belongs to no resource.
    pub(crate) fn stack(&self) -> Scope<'_> {
        Scope { report: self, logical_id: None }
    }

    pub(crate) fn resource<'a>(&'a self, logical_id: &'a str) -> Scope<'a> {
        Scope { report: self, logical_id: Some(logical_id) }
    }

    /// The warnings, or every error if there is one.
    pub(crate) fn finish(self) -> Result<Vec<Diagnostic>, TemplateErrors> {
        let mut errors = self.errors.into_inner();
        if errors.diagnostics.is_empty() {
            let mut warnings = self.warnings.into_inner().diagnostics;
            warnings.sort_by_key(|diagnostic| diagnostic.mark);
            return Ok(warnings);
        }
        errors.diagnostics.sort_by_key(|diagnostic| diagnostic.mark);
        Err(TemplateErrors { diagnostics: errors.diagnostics, left_out: errors.left_out })
    }

    fn add(&self, to: &RefCell<Collected>, diagnostic: Diagnostic) {
        let mut collected = to.borrow_mut();
        // A wrong value in Globals is met once for every function; it is one mistake.
        let same = |known: &Diagnostic| known.mark == diagnostic.mark && known.problem == diagnostic.problem;
        if collected.diagnostics.iter().any(same) {
            return;
        }
        if collected.diagnostics.len() < DIAGNOSTICS_MAX {
            collected.diagnostics.push(diagnostic);
        } else {
            collected.left_out += 1;
        }
    }
}

/// Where problems go and whose they are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    report: &'a Report,
    logical_id: Option<&'a str>,
}

impl Scope<'_> {
    pub(crate) fn error(&self, mark: Mark, problem: impl Into<String>, remedy: impl Into<String>) {
        self.report.add(&self.report.errors, self.diagnostic(mark, problem.into(), remedy.into()));
    }

    pub(crate) fn warn(&self, mark: Mark, problem: impl Into<String>, remedy: impl Into<String>) {
        self.report.add(&self.report.warnings, self.diagnostic(mark, problem.into(), remedy.into()));
    }

    fn diagnostic(&self, mark: Mark, problem: String, remedy: String) -> Diagnostic {
        let logical_id = self.logical_id.map(str::to_owned);
        Diagnostic { path: self.report.path.clone(), mark: Some(mark), logical_id, problem, remedy }
    }
}

/// A remedy for an unknown name: the known one it resembles, or else all of them.
pub(crate) fn suggest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let mut known: Vec<&str> = known.into_iter().collect();
    known.sort_unstable();
    let distance = |candidate: &str| strsim::damerau_levenshtein(&unknown.to_lowercase(), &candidate.to_lowercase());
    let nearest = known.iter().map(|candidate| (distance(candidate), *candidate)).min();
    match nearest {
        Some((distance, candidate)) if distance <= 1 + candidate.len() / 4 => format!("did you mean `{candidate}`?"),
        Some(_) if known.len() <= 12 => format!("known are: {}", known.join(", ")),
        Some(_) => "see docs/template.md for what is read".to_owned(),
        None => "the template has none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diagnostic_says_where_whose_what_and_what_to_do() {
        let report = Report::new(Path::new("a/template.yaml"));
        report.resource("Api").error(Mark { line: 7, column: 3 }, "Port 0 is not a port", "use 1 to 65535");
        report.stack().error(Mark { line: 2, column: 1 }, "no Resources", "declare some");
        let errors = report.finish().expect_err("two errors");
        assert_eq!(
            errors.to_string(),
            "a/template.yaml:2:1: no Resources; declare some\na/template.yaml:7:3: Api: Port 0 is not a port; use 1 to 65535"
        );
    }

    #[test]
    fn one_mistake_is_told_once_and_a_flood_is_counted() {
        let report = Report::new(Path::new("t"));
        for line in 1..=DIAGNOSTICS_MAX + 5 {
            report.resource("A").error(Mark { line, column: 1 }, "wrong", "mend it");
            report.resource("B").error(Mark { line, column: 1 }, "wrong", "mend it");
        }
        let errors = report.finish().expect_err("errors");
        assert_eq!(errors.diagnostics().len(), DIAGNOSTICS_MAX);
        assert!(errors.to_string().ends_with("… and 10 more errors"), "{errors}");
    }

    #[test]
    fn suggestions_name_the_nearest_or_the_whole_set() {
        assert_eq!(suggest("Memorysize", ["MemorySize", "Timeout"]), "did you mean `MemorySize`?");
        assert_eq!(suggest("Colour", ["MemorySize", "Timeout"]), "known are: MemorySize, Timeout");
    }
}

//! The templates a user means, read and built.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use ferry_host::build::{BuildEvent, BuildSettings, BuiltFunction};
use ferry_template::Template;

use crate::args::Stack;
use crate::progress::Progress;

#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) templates: Vec<Template>,
    state_dir: PathBuf,
}

impl Loaded {
    /// Reads every template; what is harmless to leave out is said, what is not is an error.
    pub(crate) fn read(stack: &Stack, progress: &mut Progress) -> Result<Self> {
        let here = std::env::current_dir().context("the current folder cannot be read")?;
        let paths = if stack.templates.is_empty() { ferry_template::discover(&here) } else { stack.templates.clone() };
        if paths.is_empty() {
            bail!("no template: neither template.yaml nor systems/*/template.yaml is in {}; name one with -t FILE", here.display());
        }
        let parameters: BTreeMap<String, String> = stack.parameters.iter().cloned().collect();
        let mut templates = Vec::new();
        for path in paths {
            let template = ferry_template::load(&path, &parameters)?;
            for warning in &template.warnings {
                progress.line(&format!("warning: {warning}"));
            }
            templates.push(template);
        }
        distinct_names(&templates)?;
        let state_dir = std::path::absolute(&stack.state_dir).context("the state folder has no absolute path")?;
        Ok(Self { templates, state_dir })
    }

    /// Builds the functions named by logical id or name; all when none is named.
    pub(crate) fn build(&self, wanted: &[String], progress: &mut Progress) -> Result<Vec<BuiltFunction>> {
        let settings = self.build_settings();
        let mut built = Vec::new();
        for template in &self.templates {
            let here = self.named(template, wanted)?;
            if wanted.is_empty() || !here.is_empty() {
                let only = (!wanted.is_empty()).then_some(&here[..]);
                built.extend(ferry_host::build::build(template, only, &settings, &mut |event| say(progress, &event))?);
            }
        }
        progress.clear();
        for function in &built {
            for warning in &function.warnings {
                progress.line(&format!("warning: {}: {warning}", function.function.logical_id));
            }
        }
        Ok(built)
    }

    /// The templates that these functions stand in.
    pub(crate) fn of(&self, built: &[BuiltFunction]) -> Vec<&Template> {
        let holds = |template: &&Template| {
            let mut functions = template.functions.iter();
            functions.any(|function| built.iter().any(|one| one.function.name == function.name))
        };
        self.templates.iter().filter(holds).collect()
    }

    pub(crate) fn build_settings(&self) -> BuildSettings {
        BuildSettings { state_dir: self.state_dir.clone(), cargo_target_dir: None, path: std::env::var_os("PATH").unwrap_or_default() }
    }

    /// Logical ids of this template's functions that `wanted` means. A word that means none anywhere is an error.
    fn named(&self, template: &Template, wanted: &[String]) -> Result<Vec<String>> {
        let means = |word: &String, function: &ferry_template::Function| function.logical_id == *word || function.name == *word;
        for word in wanted {
            let mut functions = self.templates.iter().flat_map(|template| &template.functions);
            if !functions.any(|function| means(word, function)) {
                let all: Vec<&str> =
                    self.templates.iter().flat_map(|template| &template.functions).map(|function| function.logical_id.as_str()).collect();
                bail!("no function is called {word:?}; there are: {}", all.join(", "));
            }
        }
        let ids = template.functions.iter().filter(|function| wanted.iter().any(|word| means(word, function)));
        Ok(ids.map(|function| function.logical_id.clone()).collect())
    }
}

/// One host serves all templates, so a name means one function.
fn distinct_names(templates: &[Template]) -> Result<()> {
    let mut seen: BTreeMap<&str, &Template> = BTreeMap::new();
    for template in templates {
        for function in &template.functions {
            if let Some(other) = seen.insert(&function.name, template) {
                bail!(
                    "{}:{}: {}: a function called {:?} stands in {} already; run one of the templates with -t, or rename",
                    template.path.display(),
                    function.line,
                    function.logical_id,
                    function.name,
                    other.path.display()
                );
            }
        }
    }
    Ok(())
}

fn say(progress: &mut Progress, event: &BuildEvent) {
    match event {
        BuildEvent::Waiting { lock } => progress.line(&format!("waiting for another ferry that builds here ({})", lock.display())),
        BuildEvent::Line { resource, text } => progress.now(&format!("{resource}: {text}")),
        BuildEvent::Zipping { resource } => progress.now(&format!("{resource}: zipping")),
        BuildEvent::Ready { resource, rebuilt: true, elapsed, .. } => {
            progress.line(&format!("{resource}: built in {:.1} s", elapsed.as_secs_f64()))
        }
        BuildEvent::Ready { resource, rebuilt: false, .. } => progress.now(&format!("{resource}: unchanged")),
    }
}

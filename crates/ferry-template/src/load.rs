//! The ways in: a template's path, its text, or the folder to look for templates in.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Report, TemplateErrors};
use crate::limits::TEMPLATE_BYTES_MAX;
use crate::model::Template;
use crate::{read, stack};

/// Names of a template, in the order they are looked for.
const TEMPLATE_NAMES: [&str; 3] = ["template.yaml", "template.yml", "template.json"];

/// Reads a template file: SAM or CloudFormation, YAML or JSON.
///
/// `parameters` gives values to the template's parameters, and to pseudo parameters under their full name (`AWS::Region`).
///
/// # Errors
/// Everything that is wrong with the template, located; or why the file cannot be read.
pub fn load(path: &Path, parameters: &BTreeMap<String, String>) -> Result<Template, TemplateErrors> {
    let mut text = String::new();
    // One byte past the limit is enough for `parse` to tell that it is passed.
    let bytes_max = u64::try_from(TEMPLATE_BYTES_MAX).map_or(u64::MAX, |bytes| bytes + 1);
    let read = File::open(path).and_then(|file| file.take(bytes_max).read_to_string(&mut text));
    if let Err(error) = read {
        return Err(TemplateErrors::unreadable(path, format!("the template cannot be read: {error}"), "check the path"));
    }
    parse(&text, path, parameters)
}

/// The same for a template's text. `path` is where it stands: it is named in messages and relative paths start from its folder.
/// Touches no file.
///
/// # Errors
/// Everything that is wrong with the template, located.
pub fn parse(text: &str, path: &Path, parameters: &BTreeMap<String, String>) -> Result<Template, TemplateErrors> {
    let report = Report::new(path);
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let document = read::read(text, path, report.stack());
    let template = document.and_then(|document| stack::read(&document, &absolute, parameters, &report));
    let warnings = report.finish()?;
    match template {
        Some(template) => Ok(Template { warnings, ..template }),
        None => Err(TemplateErrors::unreadable(path, "the template cannot be read".to_owned(), "check its first lines")),
    }
}

/// The templates to use when none is named: `template.yaml` of this folder, or else those of its `systems/*`, sorted.
#[must_use]
pub fn discover(folder: &Path) -> Vec<PathBuf> {
    if let Some(template) = template_in(folder) {
        return vec![template];
    }
    let Ok(systems) = std::fs::read_dir(folder.join("systems")) else { return Vec::new() };
    let mut templates: Vec<PathBuf> = systems.flatten().filter_map(|system| template_in(&system.path())).collect();
    templates.sort();
    templates
}

fn template_in(folder: &Path) -> Option<PathBuf> {
    TEMPLATE_NAMES.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_has_its_own_template_or_those_of_its_systems() {
        let folder = tempfile::tempdir().expect("temporary folder");
        for system in ["b", "a", "empty"] {
            std::fs::create_dir_all(folder.path().join("systems").join(system)).expect("folder");
        }
        let systems = ["systems/a/template.yml", "systems/b/template.yaml"].map(|path| folder.path().join(path));
        for path in &systems {
            std::fs::write(path, "").expect("file");
        }
        assert_eq!(discover(folder.path()), systems);
        let own = folder.path().join("template.yaml");
        std::fs::write(&own, "").expect("file");
        assert_eq!(discover(folder.path()), [own]);
        assert_eq!(discover(&folder.path().join("none")), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let told = load(Path::new("no/such/template.yaml"), &BTreeMap::new()).expect_err("missing").to_string();
        assert!(told.starts_with("no/such/template.yaml: the template cannot be read:"), "{told}");
    }
}

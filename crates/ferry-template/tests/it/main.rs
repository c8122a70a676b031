//! Templates through the crate's public door.

mod cdk;
mod docs;
mod evaluation;
mod functions;
mod globals;
mod hostile;
mod http_apis;
mod pages;
mod refusals;
mod resources;
mod round_trip;
mod web_socket_apis;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ferry_template::{Diagnostic, Function, Template, TemplateErrors};

const PATH: &str = "/stacks/shop/template.yaml";

fn parse_with(text: &str, parameters: &[(&str, &str)]) -> Result<Template, TemplateErrors> {
    let parameters = parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    ferry_template::parse(text, Path::new(PATH), &parameters)
}

#[track_caller]
fn parse(text: &str) -> Template {
    parse_with(text, &[]).unwrap_or_else(|errors| panic!("{errors}"))
}

/// A serverless template with these resources, each line indented by two.
fn sam(resources: &str) -> String {
    let indented: String = resources.lines().map(|line| format!("  {line}\n")).collect();
    format!("Transform: AWS::Serverless-2016-10-31\nResources:\n{indented}")
}

/// A serverless template of one Rust function with these further properties.
fn rust_function(properties: &str) -> String {
    let indented: String = properties.lines().map(|line| format!("    {line}\n")).collect();
    sam(&format!("F:\n  Type: AWS::Serverless::Function\n  Properties:\n    CodeUri: rust\n    Runtime: provided.al2023\n{indented}"))
}

#[track_caller]
fn only_function(text: &str) -> Function {
    let mut template = parse(text);
    assert_eq!(template.functions.len(), 1);
    template.functions.remove(0)
}

/// The errors, without the path.
#[track_caller]
fn told(text: &str) -> Vec<String> {
    told_with(text, &[])
}

#[track_caller]
fn told_with(text: &str, parameters: &[(&str, &str)]) -> Vec<String> {
    match parse_with(text, parameters) {
        Ok(template) => panic!("no error in {template:#?}"),
        Err(errors) => without_path(errors.diagnostics()),
    }
}

fn without_path(diagnostics: &[Diagnostic]) -> Vec<String> {
    let told = |diagnostic: &Diagnostic| diagnostic.to_string().trim_start_matches(PATH).trim_start_matches(':').to_owned();
    diagnostics.iter().map(told).collect()
}

fn folder(name: &str) -> PathBuf {
    Path::new("/stacks/shop").join(name)
}

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

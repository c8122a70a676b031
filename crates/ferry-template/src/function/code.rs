//! Where a function's code or a layer's content comes from, and how it becomes a package.

use std::path::PathBuf;

use crate::diagnostic::{Scope, suggest};
use crate::fields::{Fields, Shape, Treatment, boolean, shortened, text};
use crate::model::{BuildMethod, CodeSource};
use crate::node::{Entry, Map, Value};
use crate::resource::{Handling, Resource};
use crate::stack::Stack;
use Treatment::{Ignored, Read, Refused};

const REMOTE: &str = "Ferry takes nothing from S3: name a local folder (`Code: src/`), or use `cdk synth`, which writes aws:asset:path";

/// `Code` of `AWS::Lambda::Function`.
pub(crate) const CODE: Shape = &[
    ("ZipFile", Read),
    ("SourceKMSKeyArn", Ignored),
    ("ImageUri", Refused("container images are not run: use a folder")),
    ("S3Bucket", Refused(REMOTE)),
    ("S3Key", Refused(REMOTE)),
    ("S3ObjectVersion", Refused(REMOTE)),
    ("S3ObjectStorageMode", Refused(REMOTE)),
];

const ASSET_PATH: &str = "aws:asset:path";

/// Build methods of `sam build` that Ferry does not have.
const OTHER_METHODS: [&str; 11] =
    ["dotnet6", "dotnet7", "dotnet8", "dotnet10", "esbuild", "go1.x", "gradle", "makefile", "maven", "python-uv", "ruby"];

pub(super) struct Source {
    pub(super) code: CodeSource,
    /// Finished as it stands: inline, a zip, or an asset that the CDK has staged.
    finished: bool,
}

pub(super) fn source(stack: &Stack<'_>, resource: &Resource<'_>, fields: &Fields<'_>, metadata: Option<&Map>) -> Source {
    let found = if resource.handling == Handling::ServerlessFunction {
        serverless(stack, fields)
    } else if let Some(asset) = asset(stack, metadata, fields.scope) {
        Some(Source { code: local(asset), finished: true })
    } else {
        lambda(stack, fields)
    };
    // The stand-in is never seen: without a source there is an error.
    found.unwrap_or_else(|| Source { code: CodeSource::Inline(String::new()), finished: true })
}

fn serverless(stack: &Stack<'_>, fields: &Fields<'_>) -> Option<Source> {
    match (fields.entry("CodeUri"), fields.entry("InlineCode")) {
        (Some(uri), None) => folder_or_zip(stack, uri, fields.scope),
        (None, Some(_)) => inline(fields, "InlineCode"),
        (Some(_), Some(inline)) => {
            fields.scope.error(inline.mark, "there are both CodeUri and InlineCode", "keep one");
            None
        }
        (None, None) => {
            fields.scope.error(fields.mark, "there is neither CodeUri nor InlineCode", "name the folder of the code: `CodeUri: rust/`");
            None
        }
    }
}

fn lambda(stack: &Stack<'_>, fields: &Fields<'_>) -> Option<Source> {
    let Some(code) = fields.entry("Code") else {
        fields.scope.error(fields.mark, "Code is missing", "name the folder of the code: `Code: src/`");
        return None;
    };
    if code.node.as_map().is_none() {
        return folder_or_zip(stack, code, fields.scope);
    }
    let inner = fields.map("Code", CODE)?;
    inline(&inner, "ZipFile")
}

fn inline(fields: &Fields<'_>, key: &str) -> Option<Source> {
    let code = fields.text(key)?;
    Some(Source { code: CodeSource::Inline(code), finished: true })
}

fn folder_or_zip(stack: &Stack<'_>, entry: &Entry, scope: Scope<'_>) -> Option<Source> {
    let code = local(local_path(stack, entry, scope)?);
    let finished = matches!(code, CodeSource::Zip(_));
    Some(Source { code, finished })
}

fn local(path: PathBuf) -> CodeSource {
    let zip = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zip"));
    if zip { CodeSource::Zip(path) } else { CodeSource::Folder(path) }
}

/// A path in the template, against the template's folder.
pub(crate) fn local_path(stack: &Stack<'_>, entry: &Entry, scope: Scope<'_>) -> Option<PathBuf> {
    if entry.node.as_map().is_some() {
        scope.error(entry.mark, format!("{} names an object in S3", entry.key), "Ferry takes nothing from S3: name a local folder");
        return None;
    }
    let text = text(entry, scope)?;
    if text.contains("://") || text.is_empty() {
        let problem = format!("{} `{}` is no local path", entry.key, shortened(&text));
        scope.error(entry.node.mark, problem, "name a folder or a .zip beside the template");
        return None;
    }
    Some(stack.resolve(&text))
}

/// The folder or zip that the CDK has staged for this resource, from the metadata `cdk synth` writes.
pub(crate) fn asset(stack: &Stack<'_>, metadata: Option<&Map>, scope: Scope<'_>) -> Option<PathBuf> {
    local_path(stack, metadata?.entry(ASSET_PATH)?, scope)
}

/// How the code becomes a package, as `sam build` decides it.
pub(super) fn build_method(fields: &Fields<'_>, source: &Source, metadata: Option<&Map>, runtime: &str) -> BuildMethod {
    let part = |key: &str| metadata.and_then(|metadata| metadata.entry(key));
    let properties = part("BuildProperties");
    let skip = part("SkipBuild").is_some_and(|entry| boolean(&entry.node) == Some(true));
    let method = part("BuildMethod").filter(|_| !source.finished && !skip);
    if let Some(entry) = method {
        return named(entry, properties, fields.scope);
    }
    if source.finished || skip {
        return BuildMethod::Copy;
    }
    if let Some(properties) = properties {
        refuse_build_properties(properties, &["UseNpmCi"], fields.scope);
    }
    by_runtime(runtime)
}

fn by_runtime(runtime: &str) -> BuildMethod {
    match runtime {
        _ if runtime.starts_with("python") => BuildMethod::Python,
        _ if runtime.starts_with("nodejs") => BuildMethod::Node,
        _ => BuildMethod::Copy,
    }
}

fn named(entry: &Entry, properties: Option<&Entry>, scope: Scope<'_>) -> BuildMethod {
    let method = entry.node.as_text().unwrap_or_default();
    if method == "rust-cargolambda" {
        return BuildMethod::Rust { binary: properties.and_then(|properties| binary(properties, scope)) };
    }
    if let Some(properties) = properties {
        refuse_build_properties(properties, &["UseNpmCi"], scope);
    }
    if super::runtime::RUNTIMES.contains(&method) {
        return by_runtime(method);
    }
    let mark = entry.node.mark;
    if OTHER_METHODS.contains(&method) {
        let remedy = "build it yourself into a folder, name that in CodeUri and set Metadata.SkipBuild: true";
        scope.error(mark, format!("the build method {method} is not supported"), remedy);
    } else {
        let known = super::runtime::RUNTIMES.into_iter().chain(["rust-cargolambda"]);
        scope.error(mark, format!("unknown build method `{}`", shortened(method)), suggest(method, known));
    }
    BuildMethod::Copy
}

fn binary(properties: &Entry, scope: Scope<'_>) -> Option<String> {
    refuse_build_properties(properties, &["Binary"], scope);
    let entry = properties.node.as_map()?.entry("Binary")?;
    let name = text(entry, scope)?;
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !plain {
        scope.error(entry.node.mark, format!("`{}` is no name of a cargo binary", shortened(&name)), "use letters, digits, - and _");
    }
    Some(name)
}

fn refuse_build_properties(properties: &Entry, known: &[&str], scope: Scope<'_>) {
    let Some(map) = properties.node.as_map() else {
        scope.error(properties.mark, format!("BuildProperties is {}", properties.node.kind()), "write a map");
        return;
    };
    for entry in map.entries.iter().filter(|entry| !known.contains(&entry.key.as_str())) {
        scope.error(entry.mark, format!("the build property {} is not supported", entry.key), suggest(&entry.key, known.iter().copied()));
    }
}

/// A layer's content: a folder, because it is mounted as it is.
pub(crate) fn layer_content(stack: &Stack<'_>, fields: &Fields<'_>, metadata: Option<&Map>) -> Option<PathBuf> {
    let path = match (asset(stack, metadata, fields.scope), fields.entry("ContentUri").or_else(|| fields.entry("Content"))) {
        (Some(asset), _) => asset,
        (None, Some(entry)) => local_path(stack, entry, fields.scope)?,
        (None, None) => {
            fields.scope.error(fields.mark, "the layer has no content", "name its folder: `ContentUri: layer/`");
            return None;
        }
    };
    if let CodeSource::Zip(path) = local(path.clone()) {
        fields.scope.error(fields.mark, format!("the layer's content {} is a zip", path.display()), "unpack it and name the folder");
    }
    Some(path)
}

/// Metadata that a layer may have beside Ferry's: a build method would change what it holds.
pub(crate) fn refuse_layer_build(metadata: Option<&Map>, scope: Scope<'_>) {
    if let Some(entry) = metadata.and_then(|metadata| metadata.entry("BuildMethod")) {
        let remedy = "put the built files into the folder (`python/`, `nodejs/`, `bin/`) and remove BuildMethod";
        scope.error(entry.mark, "layers are not built", remedy);
    }
}

/// What the evaluated metadata says under a key.
pub(crate) fn metadata_entry<'m>(metadata: Option<&'m Map>, key: &str) -> Option<&'m Entry> {
    metadata.and_then(|metadata| metadata.entry(key)).filter(|entry| entry.node.value != Value::Null)
}

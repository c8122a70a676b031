//! Node.js functions: a bootstrap of ours in place of AWS's, which would need a C++ toolchain to install.

use std::path::Path;

use super::error::RuntimeError;
use super::install::install;
use super::search::Node;
use super::{LANGUAGE_ROOT, Launch, RUNTIME_DIR};
use crate::build::write_file;

/// The bootstrap's modules, each after those that it imports.
const MODULES: &[&str] = &[
    include_str!("node/errors.mjs"),
    include_str!("node/http1.mjs"),
    include_str!("node/client.mjs"),
    include_str!("node/stream.mjs"),
    include_str!("node/log.mjs"),
    include_str!("node/context.mjs"),
    include_str!("node/handler.mjs"),
    include_str!("node/invoke.mjs"),
    include_str!("node/index.mjs"),
];
const LIBRARY_PATH: &str = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

pub(crate) fn launch(runtime: &str, asked_major: u32, node: &Node, state_dir: &Path) -> Result<Launch, RuntimeError> {
    let bootstrap = joined(MODULES);
    let runtime_dir = install(state_dir, "node", &bootstrap, |folder| write_file(folder, "index.mjs", bootstrap.as_bytes()));
    let runtime_dir =
        runtime_dir.map_err(|source| RuntimeError::Install { what: "the Node.js bootstrap".to_owned(), source: Box::new(source) })?;
    let modules =
        format!("/opt/nodejs/node{asked_major}/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task");
    Ok(Launch {
        program: format!("{LANGUAGE_ROOT}/{}", node.program),
        args: vec![
            "--expose-gc".to_owned(),
            // API Gateway may send more than Node's own limit of 16 KB.
            "--max-http-header-size=81920".to_owned(),
            format!("{RUNTIME_DIR}/index.mjs"),
        ],
        runtime_dir: Some(runtime_dir),
        language_root: Some(node.prefix.clone()),
        env: vec![
            ("AWS_EXECUTION_ENV".to_owned(), format!("AWS_Lambda_{runtime}")),
            ("LD_LIBRARY_PATH".to_owned(), LIBRARY_PATH.to_owned()),
            ("NODE_PATH".to_owned(), modules),
        ],
        runtime_used: format!("nodejs{}.x", node.major),
        fallback: node.fallback.clone(),
        wrappable: true,
        heap_follows_memory: true,
    })
}

/// The modules as one file, as AWS's bootstrap is one: loading nine costs some 10 ms of CPU time at every cold start,
/// which would count against Node.js. Imports and exports stand on lines of their own, and no two modules have a
/// top-level name in common.
fn joined(modules: &[&str]) -> String {
    let mut builtins: Vec<&str> = Vec::new();
    let mut body = String::new();
    for line in modules.iter().flat_map(|module| module.lines()) {
        if !line.starts_with("import ") {
            body.push_str(line.strip_prefix("export ").unwrap_or(line));
            body.push('\n');
        } else if !line.contains("from \"./") && !builtins.contains(&line) {
            builtins.push(line);
        }
    }
    format!("{}\n{body}", builtins.join("\n"))
}

/// AWS's heap limits: a tenth of the memory for V8's young generation, the rest for the old one. Without them V8
/// would size its heap by the machine's memory and run into the sandbox's limit before it collects.
pub(crate) fn heap_args(memory_mib: u32) -> [String; 2] {
    let young_mib = memory_mib / 10;
    [format!("--max-semi-space-size={}", young_mib / 2), format!("--max-old-space-size={}", memory_mib - young_mib)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_modules_import_only_what_node_brings() {
        let a = "import fs from \"node:fs\";\n\nexport const A = 1;\n";
        let b = "import fs from \"node:fs\";\nimport { A } from \"./a.mjs\";\nfs.x(A);\n";
        assert_eq!(joined(&[a, b]), "import fs from \"node:fs\";\n\nconst A = 1;\nfs.x(A);\n");
        let bootstrap = joined(MODULES);
        assert!(!bootstrap.contains("\"./") || bootstrap.matches("\"./").count() == 1, "only the entry's own URL is relative");
        assert!(!bootstrap.contains("\nexport ") && bootstrap.matches("\nimport ").count() < 12);
    }

    #[test]
    fn heap_limits_are_those_of_aws_at_128_mb() {
        assert_eq!(heap_args(128), ["--max-semi-space-size=6", "--max-old-space-size=116"]);
    }
}

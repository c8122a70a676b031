//! Node.js functions: a bootstrap of ours in place of AWS's, which would need a C++ toolchain to install.

use std::path::Path;

use super::error::RuntimeError;
use super::install::install;
use super::search::Node;
use super::{LANGUAGE_ROOT, Launch, RUNTIME_DIR};
use crate::build::write_file;

const FILES: &[(&str, &str)] = &[
    ("index.mjs", include_str!("node/index.mjs")),
    ("client.mjs", include_str!("node/client.mjs")),
    ("context.mjs", include_str!("node/context.mjs")),
    ("errors.mjs", include_str!("node/errors.mjs")),
    ("handler.mjs", include_str!("node/handler.mjs")),
    ("invoke.mjs", include_str!("node/invoke.mjs")),
    ("log.mjs", include_str!("node/log.mjs")),
    ("stream.mjs", include_str!("node/stream.mjs")),
];
const LIBRARY_PATH: &str = "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib";

pub(crate) fn launch(runtime: &str, asked_major: u32, node: &Node, state_dir: &Path) -> Result<Launch, RuntimeError> {
    let runtime_dir = install(state_dir, "node", &format!("{FILES:?}"), |folder| {
        FILES.iter().try_for_each(|(name, text)| write_file(folder, name, text.as_bytes()))
    });
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
    fn heap_limits_are_those_of_aws_at_128_mb() {
        assert_eq!(heap_args(128), ["--max-semi-space-size=6", "--max-old-space-size=116"]);
    }
}

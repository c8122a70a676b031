//! Node.js functions, built by the real npm; and the bootstrap's own tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use ferry_template::BuildMethod;

use crate::support::{Stack, chain, files};

const MANIFEST: &str = r#"{"name":"app","version":"1.0.0","dependencies":{"is-number":"7.0.0"},"devDependencies":{"is-odd":"3.0.1"}}"#;

/// The machine's own Node.js.
pub(crate) fn runtime() -> String {
    let output = Command::new("node").args(["-p", "process.versions.node.split('.')[0]"]).output().unwrap();
    format!("nodejs{}.x", String::from_utf8(output.stdout).unwrap().trim())
}

fn app() -> Stack {
    let mut stack = Stack::new();
    stack.write("App/index.js", "exports.handler = async () => require('is-number')(5);");
    stack.write("App/package.json", MANIFEST);
    stack.write("App/node_modules/left-over/index.js", "");
    stack.function("App", &runtime(), BuildMethod::Node);
    stack
}

#[test]
fn production_dependencies_are_installed_once() {
    let mut stack = app();
    let built = stack.build_one();
    assert!(built.warnings.iter().any(|warning| warning.contains("has no package-lock.json")), "{:?}", built.warnings);
    let locked = Command::new("npm").args(["install", "--package-lock-only"]).current_dir(stack.path("App")).output().unwrap();
    assert!(locked.status.success());
    let built = stack.build_one();
    assert_eq!(built.warnings, Vec::<String>::new());
    let names = files(&built.task_root);
    assert!(names.contains(&"node_modules/is-number/index.js".to_owned()) && names.contains(&"index.js".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("is-odd") || name.contains("left-over")), "{names:?}");

    stack.build_one();
    assert!(stack.rebuilt().is_empty());
    stack.write("App/index.js", "exports.handler = async () => require('is-number')('x');");
    let edited = stack.build_one();
    assert!(edited.task_root.join("node_modules/is-number/index.js").is_file());
    assert!(!stack.events.iter().any(|event| format!("{event:?}").contains("added")), "npm ran: {:?}", stack.events);
}

#[test]
fn local_dependencies_and_install_scripts_are_run_in_the_package() {
    let mut stack = app();
    stack.write("App/lib/package.json", r#"{"name":"lib","version":"1.0.0","main":"index.js"}"#);
    stack.write("App/lib/index.js", "module.exports = 'lib';");
    let manifest =
        r#"{"name":"app","version":"1.0.0","dependencies":{"lib":"file:./lib"},"scripts":{"postinstall":"echo made > made.txt"}}"#;
    stack.write("App/package.json", manifest);
    let built = stack.build_one();
    assert!(built.task_root.join("node_modules/lib/index.js").is_file());
    assert_eq!(fs::read_to_string(built.task_root.join("made.txt")).unwrap().trim(), "made");
    assert!(!stack.path("App/made.txt").exists());
}

#[test]
fn without_dependencies_npm_is_not_needed() {
    let mut stack = app();
    stack.write("App/package.json", r#"{"type":"module"}"#);
    let built = stack.build_one();
    assert_eq!(built.warnings, Vec::<String>::new());
    assert!(built.task_root.join("node_modules/left-over/index.js").is_file(), "the folder is the package");
}

#[test]
fn what_npm_cannot_install_and_what_is_not_javascript() {
    let mut stack = app();
    let built = stack.build_one();
    stack.write("App/package.json", &MANIFEST.replace("7.0.0", "0.0.0-none"));
    let text = chain(&stack.try_build().unwrap_err());
    assert!(text.contains("`npm install --omit=dev") && text.contains("is-number@0.0.0-none"), "{text}");
    assert!(built.task_root.join("node_modules/is-number").is_dir());

    fs::rename(stack.path("App/index.js"), stack.path("App/index.ts")).unwrap();
    let text = chain(&stack.try_build().unwrap_err());
    assert!(text.contains("the handler is TypeScript") && text.contains("index.ts"), "{text}");
}

#[test]
fn the_bootstrap_passes_its_own_tests_as_installed() {
    let mut stack = Stack::new();
    stack.write("App/index.js", "");
    stack.function("App", &runtime(), BuildMethod::Node);
    let entry = stack.build_one().launch.runtime_dir.unwrap().join("index.mjs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/runtimes/node");
    let tests = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let tests: Vec<_> = tests.filter(|path| path.to_str().unwrap().ends_with(".test.mjs")).collect();
    assert!(tests.len() >= 4, "{tests:?}");
    let output = Command::new("node").arg("--test").args(tests).env("FERRY_NODE_ENTRY", entry).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

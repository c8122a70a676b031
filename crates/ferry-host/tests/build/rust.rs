//! Rust functions, built by the real cargo from crates without dependencies.

use std::fs;
use std::process::Command;

use ferry_host::build::inputs_changed;
use ferry_template::{BuildMethod, CodeSource};

use crate::support::{Stack, chain, files};

fn rust(binary: Option<&str>) -> BuildMethod {
    BuildMethod::Rust { binary: binary.map(str::to_owned) }
}

/// A workspace of two packages, the second of which has two binaries.
fn workspace() -> Stack {
    let mut stack = Stack::new();
    stack.write("ws/Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"one\", \"two\"]\n[profile.release]\nstrip = true\n");
    let package = |name: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    stack.write("ws/one/Cargo.toml", &package("one"));
    stack.write("ws/one/src/main.rs", "mod words;\nfn main() { println!(\"{}\", words::WORDS); }\n");
    stack.write("ws/one/src/words.rs", "pub const WORDS: &str = \"one\";\n");
    stack.write("ws/two/Cargo.toml", &package("two"));
    stack.write("ws/two/src/bin/a.rs", "fn main() { println!(\"a\"); }\n");
    stack.write("ws/two/src/bin/b.rs", "fn main() { println!(\"b\"); }\n");
    for (id, folder, binary) in [("One", "ws/one", None), ("A", "ws/two", Some("a")), ("B", "ws/two", Some("b"))] {
        let code = CodeSource::Folder(stack.path(folder));
        stack.function(id, "provided.al2023", rust(binary)).code = code;
    }
    stack
}

fn says(package: &std::path::Path) -> String {
    let output = Command::new(package.join("bootstrap")).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn one_call_of_cargo_builds_every_binary_and_only_changed_ones_are_packaged_again() {
    let mut stack = workspace();
    let built = stack.build();
    assert_eq!(built.iter().map(|built| says(&built.task_root)).collect::<Vec<_>>(), ["one", "a", "b"]);
    assert!(built.iter().all(|built| files(&built.task_root) == ["bootstrap"] && !inputs_changed(built)));
    let again = stack.build();
    assert!(stack.rebuilt().is_empty());
    assert!(built.iter().zip(&again).all(|(old, new)| old.fingerprint == new.fingerprint));

    stack.write("ws/one/src/words.rs", "pub const WORDS: &str = \"ein\";\n");
    assert_eq!(built.iter().map(inputs_changed).collect::<Vec<_>>(), [true, false, false]);
    let changed = stack.build();
    assert_eq!(stack.rebuilt(), ["One"]);
    assert_eq!((says(&changed[0].task_root), says(&built[0].task_root)), ("ein".to_owned(), "one".to_owned()));
    assert!(!inputs_changed(&changed[0]));

    // A change that leaves the program as it is: cargo compiles, nothing is packaged.
    stack.write("ws/one/src/words.rs", "// a comment\npub const WORDS: &str = \"ein\";\n");
    stack.build();
    assert!(stack.rebuilt().is_empty(), "{:?}", stack.rebuilt());
}

#[test]
fn a_compiler_error_is_shown_with_its_function_and_the_old_program_stays() {
    let mut stack = workspace();
    stack.template.functions.truncate(1);
    let built = stack.build_one();
    stack.write("ws/one/src/words.rs", "pub const WORDS: &str = 1;\n");
    let text = chain(&stack.try_build().unwrap_err());
    assert!(text.starts_with("cannot build One (") && text.contains("template.yaml:7): `cargo build --release"), "{text}");
    assert!(text.contains("error[E0308]: mismatched types") && text.contains("src/words.rs:1"), "{text}");
    assert_eq!(says(&built.task_root), "one");
}

#[test]
fn which_binary_is_meant_must_be_clear() {
    let mut stack = workspace();
    let error = |stack: &mut Stack, folder: &str, binary| {
        let code = CodeSource::Folder(stack.path(folder));
        stack.template.functions.truncate(1);
        stack.template.functions[0].build = rust(binary);
        stack.template.functions[0].code = code;
        chain(&stack.try_build().unwrap_err())
    };
    let text = error(&mut stack, "ws/two", None);
    assert!(text.ends_with("the package two has several binaries (a, b): name one in Metadata.BuildProperties.Binary"), "{text}");
    let text = error(&mut stack, "ws/two", Some("c"));
    assert!(text.ends_with("the package two has no binary `c`: BuildProperties.Binary may be a, b"), "{text}");
    let text = error(&mut stack, "ws/one/src", None);
    assert!(text.ends_with("has no Cargo.toml: CodeUri of a Rust function is the folder of its package"), "{text}");
}

#[test]
fn cargo_that_is_not_installed_is_named_with_the_remedy() {
    let mut stack = workspace();
    fs::create_dir(stack.path("empty")).unwrap();
    stack.settings.path = stack.path("empty").into_os_string();
    let text = chain(&stack.try_build().unwrap_err());
    assert!(text.ends_with("cargo was not found on PATH: install Rust (https://rustup.rs) and put ~/.cargo/bin on PATH"), "{text}");
}

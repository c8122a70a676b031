//! Every system has the same shape, and every crate the same manifest.

use super::{cargo_metadata, files, read, systems};
use std::path::Path;

#[test]
fn every_system_has_the_shape() {
    for system in systems() {
        for needed in ["README.md", "template.yaml", "rust/Cargo.toml", "rust/src/lib.rs", "events"] {
            assert!(system.join(needed).exists(), "{} has no {needed}", system.display());
        }
        assert!(["python", "node"].iter().any(|original| system.join(original).is_dir()), "{} has no original beside it", system.display());
        let bins = std::fs::read_dir(system.join("rust/src/bin")).expect("handlers in rust/src/bin").count();
        assert!(bins > 0, "{} has no handler", system.display());
    }
}

#[test]
fn events_are_json() {
    let events: Vec<_> = files(&[".json"]).into_iter().filter(|path| path.components().any(|part| part.as_os_str() == "events")).collect();
    assert!(events.len() >= 50, "only {} events", events.len());
    for path in events {
        let parsed = serde_json::from_str::<serde_json::Value>(&read(&path));
        assert!(parsed.is_ok(), "{}: {parsed:?}", path.display());
    }
}

#[test]
fn every_package_takes_the_workspace_lints_and_says_what_it_is() {
    let metadata = cargo_metadata();
    let members: Vec<&str> = metadata["workspace_members"].as_array().expect("members").iter().filter_map(|id| id.as_str()).collect();
    for package in metadata["packages"].as_array().expect("packages") {
        if !members.contains(&package["id"].as_str().expect("id")) {
            continue;
        }
        let manifest = std::fs::read_to_string(package["manifest_path"].as_str().expect("a path")).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} does not take the workspace's lints", package["name"]);
        assert!(package["description"].as_str().is_some_and(|text| !text.is_empty()), "{} has no description", package["name"]);
    }
}

#[test]
fn both_commands_are_in_the_makefile_and_ci_calls_test() {
    let makefile = read(Path::new("Makefile"));
    for target in ["\ntest:", "\ndemo:"] {
        assert!(makefile.contains(target), "Makefile has no {target}");
    }
    assert!(read(Path::new(".ci/run")).contains("make test"));
}

//! Packages that need no tool: folders, zips, inline code, layers; and what holds for every package.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use ferry_host::build::{BuildError, BuildEvent, StepError, build, inputs_changed};
use ferry_template::{Architecture, BuildMethod, CodeSource};

use crate::support::{MACHINE, Stack, chain, files, function};

fn provided() -> Stack {
    let mut stack = Stack::new();
    stack.write_executable("Hello/bootstrap", "#!/bin/sh\n");
    stack.write("Hello/data/table.txt", &"rows ".repeat(1000));
    stack.function("Hello", "provided.al2023", BuildMethod::Copy);
    stack
}

fn step(error: BuildError) -> StepError {
    match error {
        BuildError::Resource { source, .. } => *source,
        other => panic!("{other}"),
    }
}

#[test]
fn a_folder_becomes_a_package_readable_by_all_with_its_sizes() {
    let mut stack = provided();
    fs::set_permissions(stack.path("Hello/data/table.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    let built = stack.build_one();
    assert_eq!(files(&built.task_root), ["bootstrap", "data/table.txt"]);
    let mode = |name: &str| fs::metadata(built.task_root.join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("bootstrap"), mode("data/table.txt"), mode("data"), mode("")), (0o755, 0o644, 0o755, 0o755));
    assert_eq!(built.package.unzipped_bytes, 10 + 5000);
    assert_eq!(built.package.zip_bytes, fs::metadata(stack.path(".ferry/build/Hello.zip")).unwrap().len());
    assert_eq!(built.zip.canonicalize().unwrap(), stack.path(".ferry/build/Hello.zip").canonicalize().unwrap());
    assert!(built.package.zip_bytes < 1000);
    assert_eq!(built.launch.program, "/var/task/bootstrap");
    assert_eq!(built.warnings, Vec::<String>::new());
}

#[test]
fn nothing_is_rebuilt_until_contents_change_and_the_old_package_stays_for_its_sandboxes() {
    let mut stack = provided();
    let first = stack.build_one();
    assert_eq!(stack.rebuilt(), ["Hello"]);
    let again = stack.build_one();
    assert_eq!((stack.rebuilt(), &again.task_root, &again.fingerprint), (vec![], &first.task_root, &first.fingerprint));

    let table = File::options().append(true).open(stack.path("Hello/data/table.txt")).unwrap();
    table.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert!(inputs_changed(&first));
    assert_eq!((stack.build_one().fingerprint, stack.rebuilt()), (first.fingerprint.clone(), vec![]));

    stack.write("Hello/data/table.txt", "new");
    let second = stack.build_one();
    assert_eq!(stack.rebuilt(), ["Hello"]);
    assert_ne!((&second.fingerprint, &second.task_root), (&first.fingerprint, &first.task_root));
    assert!(!inputs_changed(&second));
    assert_eq!(fs::read_to_string(second.task_root.join("data/table.txt")).unwrap(), "new");
    assert_eq!(fs::read_to_string(first.task_root.join("data/table.txt")).unwrap().len(), 5000);

    // Back again: the old folder is still there and becomes the current one.
    stack.write("Hello/data/table.txt", &"rows ".repeat(1000));
    assert_eq!(stack.build_one().task_root, first.task_root);

    for version in 0..6 {
        stack.write("Hello/data/table.txt", &format!("version {version}"));
        stack.build_one();
    }
    let kept = fs::read_dir(stack.path(".ferry/build/Hello")).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count();
    assert_eq!(kept, 3, "the current package and two before it");
}

#[test]
fn a_damaged_package_or_what_a_crash_left_is_made_anew() {
    let mut stack = provided();
    let built = stack.build_one();
    let fresh = fs::read(&built.zip).unwrap();
    fs::remove_file(built.task_root.join("data/table.txt")).unwrap();
    assert_eq!(files(&stack.build_one().task_root), ["bootstrap", "data/table.txt"]);
    fs::remove_file(&built.zip).unwrap();
    stack.build_one();
    assert_eq!(fs::read(&built.zip).unwrap(), fresh);

    // As a process killed while it packaged the next version leaves it.
    stack.write("Hello/added", "x");
    stack.write(".ferry/build/Hello/.stage/half", "x");
    stack.write(".ferry/build/Hello.zip.part", "x");
    stack.write(".ferry/build/Hello/built.part", "{");
    assert_eq!(files(&stack.build_one().task_root), ["added", "bootstrap", "data/table.txt"]);
    assert!(!stack.path(".ferry/build/Hello/.stage").exists());
}

#[test]
fn a_failed_build_leaves_the_package_before_it() {
    let mut stack = provided();
    let built = stack.build_one();
    std::os::unix::fs::symlink("nowhere", stack.path("Hello/dangling")).unwrap();
    let error = stack.try_build().unwrap_err();
    let text = chain(&error);
    assert!(text.starts_with(&format!("cannot build Hello ({}:7): cannot follow the link", stack.template.path.display())), "{text}");
    assert_eq!(files(&built.task_root), ["bootstrap", "data/table.txt"]);
    fs::remove_file(stack.path("Hello/dangling")).unwrap();
    assert_eq!((stack.build_one().task_root, stack.rebuilt()), (built.task_root, vec![]));
}

#[test]
fn two_builds_of_the_same_files_zip_to_the_same_bytes() {
    let (mut one, mut two) = (provided(), provided());
    let zips = [one.build_one().zip, two.build_one().zip].map(|zip| fs::read(zip).unwrap());
    assert!(zips[0] == zips[1]);
}

#[test]
fn finished_zips_and_inline_code() {
    let mut stack = Stack::new();
    let mut zip = zip::ZipWriter::new(File::create(stack.path("code.zip")).unwrap());
    zip.start_file("index.py", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(b"handler = None").unwrap();
    zip.finish().unwrap();
    let add =
        |stack: &mut Stack, id: &str, runtime: &str, code| stack.template.functions.push(function(id, runtime, code, BuildMethod::Copy));
    let code = CodeSource::Zip(stack.path("code.zip"));
    add(&mut stack, "Zipped", "nodejs20.x", code);
    add(&mut stack, "InlineJs", "nodejs20.x", CodeSource::Inline("exports.handler = 1".to_owned()));
    let built = stack.build();
    assert_eq!(files(&built[0].task_root), ["index.py"]);
    assert_eq!(fs::read_to_string(built[1].task_root.join("index.js")).unwrap(), "exports.handler = 1");
    stack.build();
    assert!(stack.rebuilt().is_empty());

    stack.template.functions.truncate(1);
    add(&mut stack, "InlineRust", "provided.al2023", CodeSource::Inline(String::new()));
    assert_eq!(
        step(stack.try_build().unwrap_err()).to_string(),
        "inline code is for Python and Node.js runtimes, not provided.al2023: use CodeUri"
    );
}

#[test]
fn layers_are_built_once_and_count_towards_the_package() {
    let mut stack = provided();
    stack.write("Libs/lib/a.so", &"x".repeat(4000));
    stack.layer("Libs");
    stack.write_executable("Other/bootstrap", "#!/bin/sh\n");
    stack.function("Other", "provided.al2023", BuildMethod::Copy).layers = vec!["Libs".to_owned()];
    stack.template.functions[0].layers = vec!["Libs".to_owned()];
    let built = stack.build();
    assert_eq!(stack.rebuilt(), ["Libs", "Hello", "Other"]);
    assert_eq!(built[0].layers, built[1].layers);
    assert_eq!(files(&built[0].layers[0]), ["lib/a.so"]);
    assert_eq!(built[0].own_package.unzipped_bytes, 5010);
    assert_eq!(built[0].package.unzipped_bytes, 9010);

    stack.write("Libs/lib/a.so", "y");
    assert!(built.iter().all(inputs_changed));
    let again = stack.build();
    assert_eq!(stack.rebuilt(), ["Libs"]);
    assert!(built.iter().zip(&again).all(|(old, new)| old.fingerprint != new.fingerprint && old.task_root == new.task_root));

    stack.template.functions[0].layers.push("Missing".to_owned());
    assert!(matches!(step(stack.try_build().unwrap_err()), StepError::UnknownLayer(id) if id == "Missing"));
}

#[test]
fn a_package_beyond_the_limit_is_refused_in_the_words_of_aws() {
    let mut stack = provided();
    let sparse = |stack: &Stack, name: &str, bytes| File::create(stack.write(name, "")).unwrap().set_len(bytes).unwrap();
    sparse(&stack, "Hello/large", 130_000_000);
    sparse(&stack, "Libs/large", 130_000_000);
    stack.layer("Libs");
    assert_eq!(stack.build_one().package.unzipped_bytes, 130_005_010);
    stack.template.functions[0].layers = vec!["Libs".to_owned()];
    stack.build_one();
    sparse(&stack, "Libs/large", 132_138_990);
    let error = step(stack.try_build().unwrap_err()).to_string();
    assert_eq!(error, "Unzipped size must be smaller than 262144000 bytes: function and layers hold 262144000 bytes");
}

#[test]
fn only_the_named_functions_are_built() {
    let mut stack = provided();
    stack.write_executable("Other/bootstrap", "#!/bin/sh\n");
    stack.function("Other", "provided.al2023", BuildMethod::Copy).name = "other-name".to_owned();
    let only = ["other-name".to_owned()];
    let built = build(&stack.template, Some(&only), &stack.settings, &mut |_| {}).unwrap();
    assert_eq!(built.iter().map(|built| built.function.logical_id.as_str()).collect::<Vec<_>>(), ["Other"]);
    let error = build(&stack.template, Some(&["Nope".to_owned()]), &stack.settings, &mut |_| {}).unwrap_err();
    assert_eq!(error.to_string(), format!("there is no function `Nope` in {}: it has Hello, Other", stack.template.path.display()));
}

#[test]
fn what_cannot_run_here_is_named() {
    let mut stack = provided();
    stack.template.functions[0].architecture = if MACHINE == Architecture::Arm64 { Architecture::X86_64 } else { Architecture::Arm64 };
    let warning = &stack.build_one().warnings[0];
    assert!(warning.contains("built, run and measured as"), "{warning}");
    stack.template.functions[0].runtime = "java21".to_owned();
    assert_eq!(
        step(stack.try_build().unwrap_err()).to_string(),
        "the runtime `java21` is not supported: Ferry runs python3.x, nodejsN.x and provided.*"
    );
    stack.template.functions[0].runtime = "provided.al2023".to_owned();
    fs::remove_file(stack.path("Hello/bootstrap")).unwrap();
    let error = step(stack.try_build().unwrap_err()).to_string();
    assert!(error.contains("has no file `bootstrap`"), "{error}");
    stack.template.functions[0].code = CodeSource::Folder(stack.path("nowhere"));
    assert!(matches!(step(stack.try_build().unwrap_err()), StepError::NoFolder(_)));
}

#[test]
fn a_second_build_waits_for_the_first() {
    let mut stack = provided();
    stack.build_one();
    let lock = File::create(stack.path(".ferry/build/.lock")).unwrap();
    lock.lock().unwrap();
    let mut events = Vec::new();
    let release = std::cell::Cell::new(Some(lock));
    build(&stack.template, None, &stack.settings, &mut |event| {
        drop(release.take());
        events.push(event);
    })
    .unwrap();
    assert!(matches!(&events[0], BuildEvent::Waiting { lock } if lock.ends_with(".ferry/build/.lock")), "{events:?}");
    assert_eq!(events.len(), 2);
}

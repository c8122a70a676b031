//! Python functions, built by the real pip.

use std::fs;
use std::process::Command;

use ferry_template::BuildMethod;

use crate::support::{Stack, chain, files};

/// The version of the machine's own Python, which is always there where these tests run.
pub(crate) fn runtime() -> String {
    let output = Command::new("python3").args(["-c", "import sys; print('python3.%d' % sys.version_info[1])"]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn requirements_stand_beside_the_code_and_are_installed_once() {
    let mut stack = Stack::with_python();
    stack.write("App/index.py", "import six\n");
    stack.write("App/__pycache__/index.cpython-311.pyc", "x");
    stack.write("App/requirements.txt", "six==1.16.0\n");
    stack.function("App", &runtime(), BuildMethod::Python);
    let built = stack.build_one();
    let names = files(&built.task_root);
    assert!(names.contains(&"six.py".to_owned()) && names.contains(&"index.py".to_owned()), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("__pycache__")), "{names:?}");
    let installs = |stack: &Stack| stack.events.iter().filter(|event| format!("{event:?}").contains("Collecting six")).count();
    assert_eq!(installs(&stack), 1);

    stack.build_one();
    assert!(stack.rebuilt().is_empty());
    stack.write("App/index.py", "import six  # edited\n");
    stack.write("App/six_more.py", "");
    let edited = stack.build_one();
    assert_eq!((stack.rebuilt(), installs(&stack)), (vec!["App"], 0));
    assert!(edited.task_root.join("six.py").is_file() && edited.task_root.join("six_more.py").is_file());
    // A file of the function's own goes before one that pip installed, and does not change pip's.
    stack.write("App/six.py", "mine = 1\n");
    let shadowed = stack.build_one();
    assert_eq!(fs::read_to_string(shadowed.task_root.join("six.py")).unwrap(), "mine = 1\n");
    assert_ne!(fs::read_to_string(edited.task_root.join("six.py")).unwrap(), "mine = 1\n");
    stack.write("App/requirements.txt", "# nothing\n");
    fs::remove_file(stack.path("App/six.py")).unwrap();
    assert!(!stack.build_one().task_root.join("six.py").exists());
}

#[test]
fn requirements_may_name_other_files() {
    let mut stack = Stack::with_python();
    stack.write("App/index.py", "");
    stack.write("App/requirements.txt", "-r base.txt\n");
    stack.write("App/base.txt", "six==1.16.0\n");
    stack.function("App", &runtime(), BuildMethod::Python);
    assert!(stack.build_one().task_root.join("six.py").is_file());
    stack.write("App/base.txt", "\n");
    assert!(!stack.build_one().task_root.join("six.py").exists());
}

#[test]
fn a_requirement_that_does_not_exist_leaves_the_old_package() {
    let mut stack = Stack::with_python();
    stack.write("App/index.py", "");
    stack.function("App", &runtime(), BuildMethod::Python);
    let built = stack.build_one();
    stack.write("App/requirements.txt", "six==0.0.0.1\n");
    let text = chain(&stack.try_build().unwrap_err());
    assert!(text.contains("-m pip install") && text.contains("No matching distribution found for six==0.0.0.1"), "{text}");
    assert_eq!(files(&built.task_root), ["index.py"]);
}

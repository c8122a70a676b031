//! Built functions answer through the real runtime clients.

use std::fs;

use ferry_host::build::BuiltFunction;
use ferry_template::BuildMethod;
use serde_json::{Value, json};

use crate::fake_api::Running;
use crate::support::{Stack, chain};
use crate::{node, python};

fn answer(built: &BuiltFunction, event: &str) -> Value {
    serde_json::from_str(&Running::start(built, &[event]).response()).unwrap()
}

#[test]
fn python_answers_event_after_event_through_awslambdaric() {
    let mut stack = Stack::new();
    let code = "import os, six\ncalls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    \
                return [calls, event, context.aws_request_id[:4], six.__version__, os.environ['AWS_EXECUTION_ENV']]\n";
    stack.write("App/src/app.py", code);
    stack.write("App/requirements.txt", "six==1.16.0\n");
    stack.function("App", &python::runtime(), BuildMethod::Python).handler = "src/app.handler".to_owned();
    let built = stack.build_one();
    assert_eq!((built.launch.runtime_used.as_str(), &built.launch.fallback), (python::runtime().as_str(), &None));
    let running = Running::start(&built, &["1", "2"]);
    let execution = format!("AWS_Lambda_{}", python::runtime());
    for call in [1, 2] {
        let answer: Value = serde_json::from_str(&running.response()).unwrap();
        assert_eq!(answer, json!([call, call, "8476", "1.16.0", execution]));
    }
    let compiled = fs::read_dir(built.launch.runtime_dir.unwrap().join("awslambdaric/__pycache__")).unwrap().count();
    assert!(compiled > 5, "awslambdaric is compiled ahead: {compiled}");
}

#[test]
fn python_searches_the_function_then_its_layers_and_never_this_machine() {
    let mut stack = Stack::with_python();
    let code = "import sys, os\ndef handler(event, context):\n    import mine, layered\n    \
                return [mine.WHERE, layered.WHERE, sys.path, os.environ['PYTHONPATH'], sys.argv, 'quit' in dir(__builtins__) or 'quit' in __builtins__]\n";
    stack.write("App/index.py", code);
    stack.write("App/mine.py", "WHERE = 'task'\n");
    stack.write("Layer/python/mine.py", "WHERE = 'layer'\n");
    stack.write("Layer/python/layered.py", "WHERE = 'layer'\n");
    stack.layer("Layer");
    stack.function("App", &python::runtime(), BuildMethod::Python).layers = vec!["Layer".to_owned()];
    let built = stack.build_one();
    let answer = answer(&built, "{}");
    assert_eq!((&answer[0], &answer[1]), (&json!("task"), &json!("layer")));
    let path: Vec<&str> = answer[2].as_array().unwrap().iter().map(|entry| entry.as_str().unwrap()).collect();
    let (layer, runtime_dir) = (built.layers[0].to_str().unwrap(), built.launch.runtime_dir.as_deref().unwrap().to_str().unwrap());
    assert_eq!(path[0], built.task_root.to_str().unwrap());
    assert_eq!(path[1], format!("{layer}/python/lib/{}/site-packages", built.launch.runtime_used));
    assert_eq!((path[2], path[3]), (format!("{layer}/python").as_str(), runtime_dir));
    let foreign = path.iter().skip(4).filter(|entry| entry.ends_with("-packages")).count();
    assert_eq!(foreign, 0, "{path:?}");
    assert_eq!(answer[3], json!(runtime_dir));
    assert_eq!(answer[4], json!([format!("{runtime_dir}/bootstrap.py")]));
    assert_eq!(answer[5], json!(true));
}

#[test]
fn python_reports_a_module_that_cannot_be_imported() {
    let mut stack = Stack::with_python();
    stack.write("App/index.py", "import not_in_requirements\n");
    stack.function("App", &python::runtime(), BuildMethod::Python);
    let running = Running::start(&stack.build_one(), &["{}"]);
    let post = running.post();
    assert_eq!(post.path, "/2018-06-01/runtime/init/error");
    let error: Value = serde_json::from_str(&post.body).unwrap();
    assert_eq!(error["errorType"], "Runtime.ImportModuleError");
    assert_eq!(error["errorMessage"], "Unable to import module 'index': No module named 'not_in_requirements'");
}

#[test]
fn node_answers_with_its_dependencies_and_layers() {
    let mut stack = Stack::new();
    let code = "exports.handler = async (event, context) => [event, require('is-number')(event), require('layered'), context.memoryLimitInMB, \
                require('v8').getHeapStatistics().heap_size_limit];";
    stack.write("App/index.js", code);
    stack.write("App/package.json", r#"{"dependencies":{"is-number":"7.0.0"}}"#);
    stack.write("Layer/nodejs/node_modules/layered/index.js", "module.exports = 'layer';");
    stack.layer("Layer");
    stack.function("App", &node::runtime(), BuildMethod::Node).layers = vec!["Layer".to_owned()];
    let answer = answer(&stack.build_one(), "5");
    assert_eq!(answer.as_array().unwrap()[..4], [json!(5), json!(true), json!("layer"), json!("128")]);
    let heap_mib = answer[4].as_u64().unwrap() >> 20;
    assert!((100..150).contains(&heap_mib), "V8's heap follows the memory size: {heap_mib} MiB");
}

#[test]
fn a_runtime_that_is_not_installed_falls_back_with_a_warning() {
    let mut stack = Stack::new();
    stack.write("Py/index.py", "def handler(event, context): return event\n");
    stack.write("Js/index.mjs", "export const handler = async (event) => event;");
    stack.function("Py", "python3.9", BuildMethod::Python);
    stack.function("Js", "nodejs98.x", BuildMethod::Node);
    for built in stack.build() {
        let fallback = built.launch.fallback.clone().unwrap();
        assert_eq!(built.warnings, std::slice::from_ref(&fallback));
        assert!(fallback.contains("is not installed here") && fallback.ends_with("runs instead"), "{fallback}");
        assert_eq!(answer(&built, "7"), json!(7));
    }
    stack.settings.path = stack.path("nowhere").into_os_string();
    let text = chain(&stack.try_build().unwrap_err());
    assert!(text.ends_with("install Python 3.9 with pip"), "{text}");
}

#[test]
fn a_wrapper_script_is_started_with_the_runtime_as_its_arguments() {
    let mut stack = Stack::with_python();
    stack.write_executable("App/wrapper", "#!/bin/sh\nexport WRAPPED=yes\nexec \"$@\"\n");
    stack.write("App/index.py", "import os\ndef handler(event, context): return os.environ['WRAPPED']\n");
    let wrapper = stack.path("App/wrapper").to_str().unwrap().to_owned();
    let function = stack.function("App", &python::runtime(), BuildMethod::Python);
    function.environment.insert("AWS_LAMBDA_EXEC_WRAPPER".to_owned(), wrapper.clone());
    let built = stack.build_one();
    assert_eq!(built.launch.command(&built.function).0, wrapper);
    assert_eq!(answer(&built, "{}"), json!("yes"));
}

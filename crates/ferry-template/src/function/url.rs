//! Function URLs: `FunctionUrlConfig` of a serverless function, and `AWS::Lambda::Url`.

use crate::diagnostic::{Scope, suggest};
use crate::fields::{Fields, Shape, Treatment, shortened};
use crate::http_api::cors;
use crate::model::{Function, FunctionUrl, InvokeMode};
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::Read;

pub(crate) const SHAPE: Shape = &[("AuthType", Read), ("Cors", Read), ("InvokeMode", Read)];

/// What only the resource has.
pub(crate) const RESOURCE: Shape = &[("TargetFunctionArn", Read), ("Qualifier", Treatment::Ignored)];

pub(crate) fn read(config: &Fields<'_>) -> FunctionUrl {
    let auth = config.required_text("AuthType", "write `AuthType: NONE`");
    if let (Some(auth), Some(entry)) = (auth.filter(|auth| auth != "NONE"), config.entry("AuthType")) {
        let problem = format!("AuthType {} is not supported: signatures are not checked here", shortened(&auth));
        config.scope.error(entry.node.mark, problem, "use NONE, by a parameter if AWS is to keep AWS_IAM");
    }
    let modes = [("BUFFERED", InvokeMode::Buffered), ("RESPONSE_STREAM", InvokeMode::ResponseStream)];
    FunctionUrl {
        invoke_mode: config.choice("InvokeMode", &modes).unwrap_or(InvokeMode::Buffered),
        cors: config.map("Cors", cors::SHAPE).map(|cors| cors::read(&cors)),
    }
}

/// `AWS::Lambda::Url`: gives the function it targets its URL.
pub(crate) fn attach(stack: &Stack<'_>, resource: &Resource<'_>, functions: &mut [Function], scope: Scope<'_>) {
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[SHAPE, RESOURCE], scope);
    let url = read(&fields);
    let Some(function) = target(stack, &fields, "TargetFunctionArn", functions) else { return };
    if function.url.replace(url).is_some() {
        scope.error(resource.mark, format!("{} has two function URLs", function.logical_id), "keep one");
    }
}

/// The function that a property of another resource names.
pub(super) fn target<'f>(stack: &Stack<'_>, fields: &Fields<'_>, key: &str, functions: &'f mut [Function]) -> Option<&'f mut Function> {
    let reference = fields.required_text(key, "name a function of this template")?;
    let Some(id) = stack.directory.function(&reference) else {
        let mark = fields.entry(key).map_or(fields.mark, |entry| entry.node.mark);
        let problem = format!("{key} `{}` is no function of this template", shortened(&reference));
        fields.scope.error(mark, problem, suggest(&reference, stack.directory.function_ids()));
        return None;
    };
    functions.iter_mut().find(|function| function.logical_id == id)
}

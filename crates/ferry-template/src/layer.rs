//! `AWS::Serverless::LayerVersion` and `AWS::Lambda::LayerVersion`.

use crate::diagnostic::Scope;
use crate::fields::{Fields, Shape, Treatment};
use crate::function::code;
use crate::model::Layer;
use crate::resource::Resource;
use crate::stack::Stack;
use Treatment::{Ignored, Read};

/// Of both types: which of them has `ContentUri` and which `Content` is plain enough.
pub(crate) const SHAPE: Shape = &[
    ("Content", Read),
    ("ContentUri", Read),
    ("CompatibleArchitectures", Ignored),
    ("CompatibleRuntimes", Ignored),
    ("Description", Ignored),
    ("LayerName", Ignored),
    ("LicenseInfo", Ignored),
    ("PublishLambdaVersion", Ignored),
    ("RetentionPolicy", Ignored),
];

pub(crate) fn read(stack: &Stack<'_>, resource: &Resource<'_>, scope: Scope<'_>) -> Option<Layer> {
    let fields = Fields::of_resource(&stack.evaluator, resource.mark, resource.properties, None, &[SHAPE], scope);
    let metadata = stack.metadata(resource, scope);
    code::refuse_layer_build(metadata.as_ref(), scope);
    let content = code::layer_content(stack, &fields, metadata.as_ref())?;
    Some(Layer { logical_id: resource.logical_id.to_owned(), content, line: resource.mark.line })
}

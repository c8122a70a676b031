//! One template's sections put in order: parameters and conditions first, then the resources that exist, then the model.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{Mark, Report, Scope, suggest};
use crate::directory::Directory;
use crate::evaluate::Evaluator;
use crate::fields::Fields;
use crate::function::code::metadata_entry;
use crate::function::ferry;
use crate::globals::Globals;
use crate::http_api::HttpApis;
use crate::model::{Function, Physics, Template};
use crate::node::{Entry, Map, Node};
use crate::parameters::{self, Pseudo};
use crate::resource::{Handling, Resource};
use crate::web_socket_api::{self, WebSocketApis};
use crate::{bucket, function, http_api, layer, physics, queue, table};

const SECTIONS: [&str; 12] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Hooks",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];
const SERVERLESS_TRANSFORM: &str = "AWS::Serverless-2016-10-31";

/// Metadata that is read; the rest of it is anybody's.
const METADATA_READ: [&str; 5] = ["BuildMethod", "BuildProperties", "Ferry", "SkipBuild", "aws:asset:path"];

/// Resources on which `Metadata.Ferry` has a meaning.
const HAVE_METADATA: [Handling; 6] = [
    Handling::ServerlessFunction,
    Handling::LambdaFunction,
    Handling::ServerlessHttpApi,
    Handling::ServerlessWebSocketApi,
    Handling::Api,
    Handling::Bucket,
];

/// What every reader of a resource needs to know about the others.
#[derive(Debug)]
pub(crate) struct Stack<'t> {
    pub(crate) evaluator: Evaluator<'t>,
    pub(crate) directory: Directory,
    pub(crate) globals: Globals<'t>,
    /// The template's folder, absolute.
    folder: PathBuf,
}

/// The model of a document; what is wrong goes to the report.
pub(crate) fn read<'t>(document: &'t Node, path: &Path, given: &BTreeMap<String, String>, report: &'t Report) -> Option<Template> {
    let scope = report.stack();
    let Some(sections) = document.as_map() else {
        scope.error(document.mark, format!("the template is {}", document.kind()), "write a map with `Resources`");
        return None;
    };
    let serverless = check_sections(sections, scope);
    let resources = resources(sections, report);
    if resources.is_empty() {
        let mark = sections.entry("Resources").map_or(document.mark, |entry| entry.mark);
        scope.error(mark, "the template declares no Resources", "declare at least one function");
    }
    let order: Vec<&str> = ordered(&resources);
    let section = |name: &str| sections.get(name).and_then(Node::as_map);
    let parameters = parameters::read(sections.get("Parameters"), given, scope);
    let evaluator = Evaluator::new(Pseudo::new(path, given), parameters, section("Mappings"), section("Conditions"), resources);
    let existing: Vec<&Resource<'t>> = order.iter().filter_map(|id| evaluator.resources.get(id)).collect();
    let existing: Vec<&Resource<'t>> =
        existing.into_iter().filter(|resource| evaluator.exists(resource, report.resource(resource.logical_id)) == Some(true)).collect();
    let directory = Directory::new(&evaluator, &existing, |resource| report.resource(resource.logical_id));
    let ids: Vec<&str> = existing.iter().map(|resource| resource.logical_id).collect();
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let stack = Stack { evaluator, directory, globals: Globals::read(sections.get("Globals"), scope), folder };
    if !serverless {
        refuse_serverless(&stack, &ids, report);
    }
    let (page, physics) = stack.own_metadata(section("Metadata"), scope);
    Some(Template { page, physics, ..stack.template(path, &ids, report) })
}

/// True when the template asks for SAM.
fn check_sections(sections: &Map, scope: Scope<'_>) -> bool {
    for section in sections.entries.iter().filter(|section| !SECTIONS.contains(&section.key.as_str())) {
        scope.error(section.mark, format!("unknown section `{}`", section.key), suggest(&section.key, SECTIONS));
    }
    for name in ["Parameters", "Mappings", "Conditions", "Resources"] {
        if let Some(wrong) = sections.get(name).filter(|node| node.as_map().is_none()) {
            scope.error(wrong.mark, format!("{name} is {}", wrong.kind()), "write a map");
        }
    }
    if let Some(hooks) = sections.entry("Hooks") {
        scope.error(hooks.mark, "Hooks are not supported", "remove them, or deploy with a template of their own");
    }
    let Some(transform) = sections.get("Transform") else { return false };
    let names = transform.as_list().unwrap_or(std::slice::from_ref(transform));
    for name in names.iter().filter(|name| name.as_scalar() != Some(SERVERLESS_TRANSFORM)) {
        let problem = format!("the transform {} is not supported", name.as_scalar().unwrap_or("of this form"));
        scope.error(name.mark, problem, format!("Ferry reads {SERVERLESS_TRANSFORM} alone"));
    }
    names.iter().any(|name| name.as_scalar() == Some(SERVERLESS_TRANSFORM))
}

fn resources<'t>(sections: &'t Map, report: &'t Report) -> HashMap<&'t str, Resource<'t>> {
    let entries = sections.get("Resources").and_then(Node::as_map).map(|map| map.entries.as_slice()).unwrap_or_default();
    let read = |entry: &'t Entry| Some((entry.key.as_str(), Resource::read(entry, report.resource(&entry.key))?));
    entries.iter().filter_map(read).collect()
}

/// Logical ids in the order of the text.
fn ordered<'t>(resources: &HashMap<&'t str, Resource<'t>>) -> Vec<&'t str> {
    let mut ids: Vec<(Mark, &str)> = resources.values().map(|resource| (resource.mark, resource.logical_id)).collect();
    ids.sort_unstable();
    ids.into_iter().map(|(_, id)| id).collect()
}

fn refuse_serverless(stack: &Stack<'_>, ids: &[&str], report: &Report) {
    let mut serverless = ids.iter().filter_map(|id| stack.evaluator.resources.get(id));
    if let Some(resource) = serverless.find(|resource| resource.type_name.starts_with("AWS::Serverless::")) {
        let problem = format!("{} needs SAM's transform", resource.type_name);
        report.resource(resource.logical_id).error(resource.mark, problem, format!("add `Transform: {SERVERLESS_TRANSFORM}` at the top"));
    }
}

impl<'t> Stack<'t> {
    fn template(&self, path: &Path, ids: &[&'t str], report: &'t Report) -> Template {
        let mut template = Template {
            path: path.to_owned(),
            stack_name: self.evaluator.pseudo.stack_name.clone(),
            region: self.evaluator.pseudo.region.clone(),
            account_id: self.evaluator.pseudo.account_id.clone(),
            functions: Vec::new(),
            layers: Vec::new(),
            http_apis: Vec::new(),
            tables: Vec::new(),
            buckets: Vec::new(),
            queues: Vec::new(),
            web_socket_apis: Vec::new(),
            page: None,
            physics: None,
            warnings: Vec::new(),
        };
        let mut apis = HttpApis::default();
        let mut sockets = WebSocketApis::default();
        for resource in ids.iter().filter_map(|id| self.evaluator.resources.get(id)) {
            let scope = report.resource(resource.logical_id);
            if !HAVE_METADATA.contains(&resource.handling) {
                ferry::refuse(resource.metadata, resource.type_name, scope);
            }
            if web_socket_api::owns(self, resource, scope) {
                sockets.read(self, resource, scope);
                continue;
            }
            match resource.handling {
                Handling::ServerlessFunction | Handling::LambdaFunction => {
                    let (function, events) = function::read(self, resource, scope);
                    if let Some(events) = events {
                        apis.read_events(self, &function.logical_id, &events, scope);
                    }
                    template.functions.push(function);
                }
                Handling::Layer => template.layers.extend(layer::read(self, resource, scope)),
                Handling::ServerlessHttpApi => apis.read_serverless(self, resource, scope),
                Handling::Api => apis.read_api(self, resource, scope),
                Handling::Integration => apis.read_integration(self, resource, scope),
                Handling::Route => apis.read_route(self, resource, scope),
                Handling::Stage => apis.read_stage(self, resource, scope),
                Handling::Table | Handling::SimpleTable => template.tables.extend(table::read(self, resource, scope)),
                Handling::Bucket => template.buckets.extend(bucket::read(self, resource, scope)),
                Handling::Queue => template.queues.extend(queue::read(self, resource, scope)),
                Handling::Authorizer | Handling::RouteResponse => http_api::api_gateway_v2::refuse(resource, scope),
                Handling::FunctionUrl | Handling::EventInvokeConfig | Handling::ServerlessWebSocketApi | Handling::Ignored => {}
                Handling::Refused(why) => scope.error(resource.mark, format!("{} is not supported", resource.type_name), why),
                Handling::Unknown => {
                    let known = crate::resource::TYPES.iter().map(|(name, _)| *name);
                    let problem = format!("unknown resource type `{}`", crate::fields::shortened(resource.type_name));
                    scope.error(resource.mark, problem, suggest(resource.type_name, known));
                }
            }
        }
        self.attach(ids, &mut template.functions, report);
        template.http_apis = apis.finish(self, report);
        template.web_socket_apis = sockets.finish(self, report);
        self.refuse_shared_ports(&template, report);
        refuse_self_replacement(&self.evaluator, &template.functions, report);
        template
    }

    /// `Metadata.Ferry` of the template itself: its page, and the physics it asks for.
    fn own_metadata(&self, metadata: Option<&Map>, scope: Scope<'_>) -> (Option<PathBuf>, Option<Physics>) {
        let ferry = metadata_entry(metadata, "Ferry").and_then(|entry| Fields::of_map(entry, &[ferry::TEMPLATE], scope));
        let Some(ferry) = ferry else { return (None, None) };
        let page = ferry::folder_inside(self, &ferry, "Page", "name the folder of the built page, such as web/dist");
        (page, ferry.entry("Physics").and_then(|entry| physics::read(entry, scope)))
    }

    fn refuse_shared_ports(&self, template: &Template, report: &Report) {
        let http = template.http_apis.iter().map(|api| (api.port, api.logical_id.as_str()));
        let sockets = template.web_socket_apis.iter().map(|api| (api.port, api.logical_id.as_str()));
        let mut taken: HashMap<u16, &str> = HashMap::new();
        for (port, logical_id) in http.chain(sockets) {
            let Some(other) = port.and_then(|port| taken.insert(port, logical_id)) else { continue };
            if let Some(resource) = self.evaluator.resources.get(logical_id) {
                let problem = format!("{other} has the same Metadata.Ferry.Port");
                report.resource(resource.logical_id).error(resource.mark, problem, "give each API a port of its own");
            }
        }
    }

    /// The resources that only say more about a function.
    fn attach(&self, ids: &[&str], functions: &mut [Function], report: &Report) {
        for resource in ids.iter().filter_map(|id| self.evaluator.resources.get(id)) {
            match resource.handling {
                Handling::FunctionUrl => function::url::attach(self, resource, functions, report.resource(resource.logical_id)),
                Handling::EventInvokeConfig => {
                    function::invoke_config::attach(self, resource, functions, report.resource(resource.logical_id));
                }
                _ => {}
            }
        }
    }

    /// The globals for a serverless resource, without what it ignores.
    pub(crate) fn globals_of(&self, resource: &Resource<'_>, scope: Scope<'_>) -> Option<Cow<'t, Map>> {
        let globals = match resource.handling {
            Handling::ServerlessFunction => self.globals.function?,
            Handling::ServerlessHttpApi => self.globals.http_api?,
            Handling::ServerlessWebSocketApi => self.globals.web_socket_api?,
            _ => return None,
        };
        let Some(ignored) = resource.ignore_globals else { return Some(Cow::Borrowed(globals)) };
        if ignored.as_scalar() == Some("*") {
            return None;
        }
        let Some(names) = ignored.as_list() else {
            scope.error(ignored.mark, format!("IgnoreGlobals is {}", ignored.kind()), "write '*' or a list of property names");
            return None;
        };
        let kept = globals.entries.iter().filter(|entry| !names.iter().any(|name| name.as_scalar() == Some(&entry.key)));
        Some(Cow::Owned(Map { entries: kept.cloned().collect() }))
    }

    /// The part of a resource's metadata that is read, evaluated.
    pub(crate) fn metadata(&self, resource: &Resource<'_>, scope: Scope<'_>) -> Option<Map> {
        let read = resource.metadata?.entries.iter().filter(|entry| METADATA_READ.contains(&entry.key.as_str()));
        let evaluated = read.filter_map(|entry| {
            let node = self.evaluator.evaluate(&entry.node, scope).ok()?;
            Some(Entry { key: entry.key.clone(), mark: entry.mark, node })
        });
        Some(Map { entries: evaluated.collect() })
    }

    /// A path of the template, absolute and without `.` parts. `..` stays: only the file system knows where it leads.
    pub(crate) fn resolve(&self, relative: &str) -> PathBuf {
        self.folder.join(relative).components().filter(|part| *part != Component::CurDir).collect()
    }
}

fn refuse_self_replacement(evaluator: &Evaluator<'_>, functions: &[Function], report: &Report) {
    for function in functions.iter().filter(|function| function.ferry.replaces.contains(&function.logical_id)) {
        if let Some(resource) = evaluator.resources.get(function.logical_id.as_str()) {
            report.resource(resource.logical_id).error(resource.mark, "the function replaces itself", "name the original in Replaces");
        }
    }
}

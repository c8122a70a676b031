//! `ferry up`: build, serve, and with `--watch` rebuild what changes.

use std::time::Duration;

use anyhow::Result;
use ferry_host::build::{BuiltFunction, inputs_changed};
use ferry_host::doors::ApiKind;
use ferry_host::settings::AwsDoors;
use ferry_services::DEFAULT_PORT;
use ferry_template::Template;

use crate::args::Up;
use crate::aws::Aws;
use crate::exit::Outcome;
use crate::hosting::{Hosted, Ports};
use crate::progress::Progress;
use crate::stack::Loaded;

/// How often `--watch` looks at the files.
const WATCH_PERIOD: Duration = Duration::from_millis(500);

pub(crate) fn run(arguments: &Up) -> Result<Outcome> {
    let mut progress = Progress::new();
    let loaded = Loaded::read(&arguments.stack, &mut progress)?;
    let built = loaded.build(&[], &mut progress)?;
    let ports = Ports { lambda: arguments.port, first_api: arguments.api_port };
    let templates: Vec<&Template> = loaded.templates.iter().collect();
    let aws_port = arguments.aws_place.aws_port.unwrap_or(DEFAULT_PORT);
    let aws = Aws::start(&templates, &arguments.aws, aws_port, arguments.aws_place.data.as_ref(), &mut |warning| progress.line(warning))?;
    let doors = AwsDoors { all: aws.as_ref().map(Aws::door), ..AwsDoors::default() };
    let hosted = Hosted::start(&loaded.templates, built.clone(), &arguments.hosting, doors, ports, true)?;
    if let Some(aws) = &aws {
        aws.join(hosted.lambda_addr()?);
        println!("{}", aws.describe()?);
    }
    print_doors(&hosted, &built);
    std::thread::scope(|threads| {
        let watching = arguments.watch.then(std::sync::mpsc::channel::<()>);
        let (stop, stopped) = watching.map_or((None, None), |(stop, stopped)| (Some(stop), Some(stopped)));
        if let Some(stopped) = stopped {
            let (hosted, loaded) = (&hosted, &loaded);
            threads.spawn(move || watch(hosted, loaded, built, &stopped));
        }
        let waited = hosted.wait_for_signal();
        drop(stop);
        waited
    })?;
    progress.line("stopping");
    hosted.stop();
    if let Some(aws) = &aws {
        aws.stop();
    }
    Ok(Outcome::Holds)
}

fn print_doors(hosted: &Hosted, built: &[BuiltFunction]) {
    println!("Lambda API  {}", hosted.lambda_url());
    for api in hosted.apis() {
        println!("{}  {}", api.logical_id, api.url);
        for route in &api.routes {
            println!("    {}  -> {}", route.route_key, route.function);
        }
        if api.kind == ApiKind::FunctionUrl {
            println!("    function URL");
        }
    }
    for page in hosted.pages() {
        let unbuilt = if page.folder.is_dir() { "" } else { "  (not built yet)" };
        println!("Page {}  {}{unbuilt}", page.stack_name, page.url);
    }
    if let Some(first) = built.first() {
        let name = &first.function.name;
        println!("Try: curl {}/2015-03-31/functions/{name}/invocations -d '{{}}'", hosted.lambda_url());
        println!("     aws lambda invoke --endpoint-url {} --function-name {name} answer.json", hosted.lambda_url());
    }
    println!("Ready");
}

/// Rebuilds a function when its inputs change, until the other end of `stopped` is dropped. A build that fails is said, and the
/// last good one goes on serving.
fn watch(hosted: &Hosted, loaded: &Loaded, mut built: Vec<BuiltFunction>, stopped: &std::sync::mpsc::Receiver<()>) {
    let mut progress = Progress::new();
    while stopped.recv_timeout(WATCH_PERIOD) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
        for one in built.iter_mut().filter(|one| inputs_changed(one)) {
            let id = one.function.logical_id.clone();
            progress.line(&format!("{id}: changed, building"));
            match loaded.build(std::slice::from_ref(&id), &mut progress) {
                Ok(mut new) => {
                    if let Some(new) = new.pop() {
                        *one = new.clone();
                        match hosted.local().replace(new) {
                            Ok(()) => progress.line(&format!("{id}: the next invocation runs the new build")),
                            Err(error) => progress.line(&format!("{id}: {error}")),
                        }
                    }
                }
                Err(error) => progress.line(&format!("error: {error:#}\n{id}: goes on with the last good build")),
            }
        }
    }
}

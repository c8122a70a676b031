//! `ferry invoke`: one answer on standard output, its log on standard error.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use ferry_host::settings::AwsDoors;
use ferry_lab::Target;

use crate::args::Invoke;
use crate::aws::Aws;
use crate::exit::Outcome;
use crate::hosting::{Hosted, Ports};
use crate::progress::Progress;
use crate::stack::Loaded;

pub(crate) fn run(arguments: &Invoke) -> Result<Outcome> {
    let payload = payload(&arguments.payload)?;
    let mut progress = Progress::new();
    let invocation = match &arguments.endpoint {
        Some(endpoint) => Target::new(endpoint).invoke(&arguments.function, &payload)?,
        None => {
            let loaded = Loaded::read(&arguments.stack, &mut progress)?;
            let built = loaded.build(std::slice::from_ref(&arguments.function), &mut progress)?;
            let place = &arguments.aws_place;
            let aws = Aws::start(&loaded.of(&built), &arguments.aws, place.aws_port.unwrap_or(0), place.data.as_ref(), &mut |warning| {
                progress.line(warning)
            })?;
            let doors = AwsDoors { all: aws.as_ref().map(Aws::door), ..AwsDoors::default() };
            let hosted = Hosted::start(&[], built, &arguments.hosting, doors, Ports::default(), false)?;
            if let Some(aws) = &aws {
                aws.join(hosted.lambda_addr()?);
            }
            let answer = Target::new(&hosted.lambda_url()).invoke(&arguments.function, &payload);
            hosted.stop();
            if let Some(aws) = &aws {
                aws.stop();
            }
            answer?
        }
    };
    progress.clear();
    for line in invocation.log.lines() {
        progress.line(line);
    }
    println!("{}", String::from_utf8_lossy(&invocation.payload));
    Ok(if invocation.function_error.is_some() { Outcome::FunctionError } else { Outcome::Holds })
}

/// `JSON`, `@FILE` or `-`.
fn payload(word: &str) -> Result<Vec<u8>> {
    if word == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).context("standard input could not be read")?;
        return Ok(bytes);
    }
    match word.strip_prefix('@') {
        Some(path) => std::fs::read(path).with_context(|| format!("the event file {path} could not be read")),
        None => Ok(word.as_bytes().to_vec()),
    }
}

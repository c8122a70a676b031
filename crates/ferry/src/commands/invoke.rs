//! `ferry invoke`: one answer on standard output, its log on standard error.

use std::io::Read as _;

use anyhow::{Context as _, Result};
use ferry_lab::Target;

use crate::args::Invoke;
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
            let hosted = Hosted::start(&[], built, &arguments.hosting, Ports::default(), false)?;
            let answer = Target::new(&hosted.lambda_url()).invoke(&arguments.function, &payload);
            hosted.stop();
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

//! `ferry doctor`: what this machine can enforce, found out by doing it.

use anyhow::Result;
use serde_json::Value;

use crate::args::Doctor;
use crate::exit::Outcome;
use crate::hosting;

/// Without these a memory size means nothing; the others stand in the result but do not fail the command.
const NEEDED: [&str; 4] = ["cpu", "memory", "network", "freeze"];

pub(crate) fn run(arguments: &Doctor) -> Result<Outcome> {
    let enforcement = hosting::self_test()?;
    let holds = NEEDED.iter().all(|part| enforcement[part]["status"] == "enforced");
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&enforcement)?);
    } else {
        print_table(&enforcement);
    }
    Ok(if holds { Outcome::Holds } else { Outcome::Unenforced })
}

fn print_table(enforcement: &Value) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    for (part, found) in enforcement.as_object().into_iter().flatten() {
        match found.get("status") {
            Some(status) => {
                let why = found.get("detail").or_else(|| found.get("reason")).map(text).unwrap_or_default();
                println!("{part:<16} {:<12} {why}", text(status));
            }
            None => println!("{part:<16} {}", text(found)),
        }
    }
}

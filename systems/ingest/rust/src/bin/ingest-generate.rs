//! `ingest-generate`: writes the registrations that the loaders read. What was written is printed as JSON.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, ValueEnum};
use ingest::generate::{Settings, generate};
use ingest::message::Format;

/// Generates event registrations as CSV and JSON: the same records in both, and the same from the same seed.
#[derive(Parser)]
#[command(name = "ingest-generate", version)]
struct Cli {
    /// 50,000 make 7.8 MB of CSV and 17.1 MB of JSON.
    #[arg(long, default_value_t = 50_000)]
    records: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Mix this many bad rows into the CSV file and list them in bad.ndjson.
    #[arg(long, default_value_t = 0)]
    bad: u64,
    /// The folder of registrations.csv and registrations.json.
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Write one format only.
    #[arg(long, value_enum)]
    only: Option<Only>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Only {
    Csv,
    Json,
}

fn main() -> ExitCode {
    let outcome = run(Cli::parse());
    if let Err(error) = &outcome {
        // The one line that is of use where standard error is closed, too, is none.
        let _ = writeln!(io::stderr(), "error: {error:#}");
    }
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let formats = match cli.only {
        None => vec![Format::Csv, Format::Json],
        Some(Only::Csv) => vec![Format::Csv],
        Some(Only::Json) => vec![Format::Json],
    };
    let settings = Settings { records: cli.records, seed: cli.seed, bad: cli.bad, output: cli.output, formats };
    let generated = generate(&settings)?;
    serde_json::to_writer(io::stdout(), &generated).context("standard output cannot be written")?;
    writeln!(io::stdout()).context("standard output cannot be written")
}

//! What a user can type. Nothing here reads a file, the environment or a clock.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use ferry_services::Secret;

/// Run Lambda functions on this machine as AWS would, and compare them with their Rust replacements.
#[derive(Debug, Parser)]
#[command(name = "ferry", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build every function (or those named) of the templates
    Build(Build),
    /// Build, then serve the functions until interrupted
    Up(Up),
    /// Invoke one function and print its answer
    Invoke(Invoke),
    /// Prove that a function answers as the one it replaces, then measure both
    Compare(Compare),
    /// Test what this machine can enforce
    Doctor(Doctor),
}

/// Which templates, and their parameters.
#[derive(Debug, Clone, Args)]
pub(crate) struct Stack {
    /// SAM or CloudFormation template; repeatable [default: ./template.yaml, or else every systems/*/template.yaml]
    #[arg(short, long = "template", value_name = "FILE")]
    pub(crate) templates: Vec<PathBuf>,
    /// Value of a template parameter; repeatable
    #[arg(long = "parameter", value_name = "KEY=VALUE", value_parser = key_value)]
    pub(crate) parameters: Vec<(String, String)>,
    /// Where builds are kept
    #[arg(long, value_name = "DIR", default_value = ".ferry")]
    pub(crate) state_dir: PathBuf,
}

/// How the local Lambda runs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Hosting {
    /// Give INIT only the CPU of the memory size (AWS gives it more, and so does Ferry by default)
    #[arg(long)]
    pub(crate) no_init_boost: bool,
    /// Enforce nothing: plain processes, every result marked unenforced
    #[arg(long)]
    pub(crate) unenforced: bool,
}

/// The local AWS services that the functions talk to.
#[derive(Debug, Clone, Args)]
pub(crate) struct Aws {
    /// Start no local AWS services, and tell the functions of none
    #[arg(long)]
    pub(crate) no_aws: bool,
    /// How slow, limited and faulty the local AWS services are: a JSON document or the file of one, instead of the templates'
    #[arg(long, value_name = "FILE|JSON", conflicts_with = "no_aws")]
    pub(crate) physics: Option<String>,
    /// Answer only requests signed with this access key and secret; functions sign with them
    #[arg(long = "aws-secret", value_name = "KEY:SECRET", value_parser = secret, conflicts_with = "no_aws")]
    pub(crate) secret: Option<Secret>,
}

/// Where the local AWS services are, and where they keep things.
#[derive(Debug, Clone, Args)]
pub(crate) struct AwsPlace {
    /// Port of the local AWS services on 127.0.0.1; 0 takes a free one [default: 4566 for up, else a free one]
    #[arg(long, value_name = "PORT")]
    pub(crate) aws_port: Option<u16>,
    /// Keep buckets and tables in this folder [default: in memory, gone at the end]
    #[arg(long, value_name = "DIR", conflicts_with = "no_aws")]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Logical ids or names [default: all]
    #[arg(value_name = "FUNCTION")]
    pub(crate) functions: Vec<String>,
    #[command(flatten)]
    pub(crate) stack: Stack,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    #[command(flatten)]
    pub(crate) stack: Stack,
    #[command(flatten)]
    pub(crate) hosting: Hosting,
    #[command(flatten)]
    pub(crate) aws: Aws,
    #[command(flatten)]
    pub(crate) aws_place: AwsPlace,
    /// Port of the Lambda API and the admin API on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 9000)]
    pub(crate) port: u16,
    /// First port of the HTTP APIs and function URLs; 0 takes free ones
    #[arg(long, default_value_t = 9001)]
    pub(crate) api_port: u16,
    /// Rebuild a function when its files change; the next invocation uses the new build
    #[arg(long)]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Invoke {
    /// Name or logical id
    pub(crate) function: String,
    /// The event: JSON text, @FILE, or - for standard input
    #[arg(short, long, value_name = "JSON", default_value = "{}")]
    pub(crate) payload: String,
    /// Lambda API of a running host, such as http://127.0.0.1:9000 [default: one is started for this call]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    #[command(flatten)]
    pub(crate) stack: Stack,
    #[command(flatten)]
    pub(crate) hosting: Hosting,
    #[command(flatten)]
    pub(crate) aws: Aws,
    #[command(flatten)]
    pub(crate) aws_place: AwsPlace,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// Pairs by the logical id of the replacement [default: every function that replaces another]
    #[arg(value_name = "PAIR")]
    pub(crate) pairs: Vec<String>,
    /// Memory sizes to measure both at, in MB; a side that fails at one is shown as failed there
    #[arg(long, value_name = "MB", value_delimiter = ',', default_values_t = [512, 1024, 1769])]
    pub(crate) memory: Vec<u32>,
    /// Memory sizes to measure the replacement alone at
    #[arg(long, value_name = "MB", value_delimiter = ',')]
    pub(crate) candidate_only: Vec<u32>,
    /// Folder of events, instead of the template's
    #[arg(long, value_name = "DIR")]
    pub(crate) events: Option<PathBuf>,
    /// Cold starts of each side at each memory size
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) cold: u32,
    /// Warm invocations of each side at each memory size
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) warm: u32,
    /// Seconds after which a memory size is left with the samples it has
    #[arg(long, value_name = "S", default_value_t = 30)]
    pub(crate) budget: u64,
    /// Print the result as JSON instead of the table
    #[arg(long)]
    pub(crate) json: bool,
    /// Write the result as JSON to a file, too
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Print the result in --output again where functions, events and settings have not changed since
    #[arg(long, requires = "output", conflicts_with = "endpoint")]
    pub(crate) reuse: bool,
    /// Lambda API of a running host [default: one is started for this comparison]
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Option<String>,
    #[command(flatten)]
    pub(crate) stack: Stack,
    #[command(flatten)]
    pub(crate) hosting: Hosting,
    #[command(flatten)]
    pub(crate) aws: Aws,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn key_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(format!("{text:?} is not KEY=VALUE")),
    }
}

fn secret(text: &str) -> Result<Secret, String> {
    match text.split_once(':') {
        Some((key, secret)) if !key.is_empty() && !secret.is_empty() => {
            Ok(Secret { access_key: key.to_owned(), secret_key: secret.to_owned() })
        }
        // The text may hold a secret: it is not repeated.
        _ => Err("this is not KEY:SECRET".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn memory_sizes_are_a_list() {
        let arguments = Arguments::try_parse_from(["ferry", "compare", "--memory", "128,256"]).expect("parses");
        assert!(matches!(arguments.command, Command::Compare(compare) if compare.memory == [128, 256]));
    }

    #[test]
    fn a_secret_is_two_words_and_never_shown() {
        let parse = |text: &str| Arguments::try_parse_from(["ferry", "up", "--aws-secret", text]);
        let arguments = parse("AKIA1:hush").expect("parses");
        assert!(!format!("{arguments:?}").contains("hush"), "{arguments:?}");
        let Command::Up(up) = arguments.command else { panic!("up") };
        assert_eq!(up.aws.secret.map(|secret| secret.secret_key).as_deref(), Some("hush"));
        assert!(parse("AKIA1").is_err());
        assert!(Arguments::try_parse_from(["ferry", "up", "--no-aws", "--data", "x"]).is_err());
    }

    #[test]
    fn a_parameter_without_a_value_is_refused() {
        let refused = Arguments::try_parse_from(["ferry", "build", "--parameter", "Stage"]).expect_err("no value");
        assert!(refused.to_string().contains("not KEY=VALUE"), "{refused}");
    }
}

//! `ferry compare`: equality, then measurement, then the table or the JSON.

mod reuse;
mod worlds;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use ferry_host::build::BuiltFunction;
use ferry_lab::{Comparison, Pair, Phase, Settings, Target, Tier};

use crate::args::Compare;
use crate::exit::Outcome;
use crate::hosting::{Hosted, Ports, timestamp};
use crate::progress::Progress;
use crate::stack::Loaded;
use worlds::Worlds;

pub(crate) fn run(arguments: &Compare) -> Result<Outcome> {
    let mut progress = Progress::new();
    let loaded = Loaded::read(&arguments.stack, &mut progress)?;
    let pairs = chosen(&loaded, arguments)?;
    let settings = settings(arguments);
    if let Some(endpoint) = &arguments.endpoint {
        if arguments.aws.physics.is_some() || arguments.aws.secret.is_some() {
            bail!("--physics and --aws-secret are of the services that ferry starts: set those of {endpoint} there");
        }
        let target = Target::new(endpoint);
        let found: Vec<Comparison> = pairs.iter().map(|pair| measure(pair, &target, &settings, &mut progress)).collect::<Result<_>>()?;
        return conclude(arguments, &found, None);
    }
    let wanted: Vec<String> = pairs.iter().flat_map(|pair| [&pair.baseline, &pair.candidate].map(|id| id.logical_id.clone())).collect();
    let built = loaded.build(&wanted, &mut progress)?;
    let key = reuse::key(&built, &pairs, &settings, &arguments.hosting, &worlds::key(&loaded.of(&built), &arguments.aws)?)?;
    let before = arguments.output.as_ref().filter(|_| arguments.reuse).and_then(|path| reuse::stored(path, &key));
    if let Some(found) = before {
        progress.line("nothing has changed since this was measured; without --reuse it is measured again");
        return conclude(arguments, &found, None);
    }
    let hosted = |pair| measure_here(arguments, &loaded, &built, pair, &settings, &mut progress);
    let found: Vec<Comparison> = pairs.iter().map(hosted).collect::<Result<_>>()?;
    conclude(arguments, &found, Some(&key))
}

/// On a host of the pair's own, where each side talks to AWS services of its own: what one writes, the other does not read, and
/// a side that is in two pairs begins both alike.
fn measure_here(
    arguments: &Compare,
    loaded: &Loaded,
    built: &[BuiltFunction],
    pair: &Pair,
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Comparison> {
    let worlds = Worlds::start(&loaded.of(built), pair, &arguments.aws, &mut |warning| progress.line(warning))?;
    let doors = worlds.as_ref().map(Worlds::doors).unwrap_or_default();
    let hosted = Hosted::start(&loaded.templates, built.to_vec(), &arguments.hosting, doors, Ports::default(), false)?;
    if let Some(worlds) = &worlds {
        worlds.join(hosted.lambda_addr()?);
    }
    let found = measure(pair, &Target::new(&hosted.lambda_url()), settings, progress);
    hosted.stop();
    let services = worlds.map(Worlds::finish).transpose()?;
    Ok(Comparison { services, ..found? })
}

fn measure(pair: &Pair, target: &Target, settings: &Settings, progress: &mut Progress) -> Result<Comparison> {
    let compared = ferry_lab::compare(pair, target, settings, &mut |step| say(progress, pair, step))
        .with_context(|| format!("{} was not compared", pair.label()))?;
    progress.clear();
    Ok(compared.into_comparison())
}

/// Prints what was found, and writes it where it is new and was asked for.
fn conclude(arguments: &Compare, found: &[Comparison], new_key: Option<&str>) -> Result<Outcome> {
    let document = match found {
        [one] => serde_json::to_string_pretty(one)?,
        many => serde_json::to_string_pretty(many)?,
    };
    if arguments.json {
        println!("{document}");
    } else {
        found.iter().for_each(|comparison| println!("{}", ferry_lab::render_table(comparison)));
    }
    if let Some(path) = &arguments.output {
        write_whole(path, &document)?;
        if let Some(key) = new_key {
            std::fs::write(reuse::key_path(path), key).with_context(|| format!("{} has no key beside it", path.display()))?;
        }
    }
    let all_equal = found.iter().all(|comparison| comparison.equal.differing == 0);
    Ok(if all_equal { Outcome::Holds } else { Outcome::Differs })
}

fn chosen(loaded: &Loaded, arguments: &Compare) -> Result<Vec<Pair>> {
    let mut pairs = ferry_lab::discover_pairs(&loaded.templates)?;
    if pairs.is_empty() {
        bail!("no function of these templates replaces another; name the original in Metadata.Ferry.Replaces of its replacement");
    }
    for word in &arguments.pairs {
        if !pairs.iter().any(|pair| pair.is_named(word)) {
            let labels: Vec<String> = pairs.iter().map(Pair::label).collect();
            bail!("no pair is called {word:?}; there are: {}", labels.join(", "));
        }
    }
    if !arguments.pairs.is_empty() {
        pairs.retain(|pair| arguments.pairs.iter().any(|word| pair.is_named(word)));
    }
    if let Some(events) = &arguments.events {
        for pair in &mut pairs {
            pair.events.clone_from(events);
        }
    }
    Ok(pairs)
}

fn settings(arguments: &Compare) -> Settings {
    let alone = arguments.candidate_only.iter().map(|&memory_mib| Tier { memory_mib, candidate_only: true });
    let both = arguments.memory.iter().map(|&memory_mib| Tier { memory_mib, candidate_only: false });
    Settings {
        tiers: alone.chain(both).collect(),
        cold_rounds: arguments.cold,
        warm_rounds: arguments.warm,
        budget_per_tier: Duration::from_secs(arguments.budget),
        date: timestamp(),
        ..Settings::default()
    }
}

fn say(progress: &mut Progress, pair: &Pair, step: ferry_lab::Progress<'_>) {
    match step {
        ferry_lab::Progress::Equality { done, total, .. } => progress.now(&format!("{}: {done} of {total} answers compared", pair.label())),
        ferry_lab::Progress::Round { memory_mib, phase, done, total } => {
            let phase = match phase {
                Phase::Cold => "cold starts",
                Phase::Warm => "warm invocations",
            };
            progress.now(&format!("{} at {memory_mib} MB: {done} of {total} {phase}", pair.label()));
        }
        ferry_lab::Progress::Failed { memory_mib, function, failure } => {
            progress.line(&format!("{function} failed at {memory_mib} MB: {}", failure.error_type));
        }
    }
}

/// Whole or not at all.
fn write_whole(path: &Path, text: &str) -> Result<()> {
    let context = || format!("{} could not be written", path.display());
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(context)?;
    }
    let unfinished = path.with_extension("new");
    std::fs::write(&unfinished, format!("{text}\n")).with_context(context)?;
    std::fs::rename(&unfinished, path).with_context(context)
}

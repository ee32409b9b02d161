//! Runs storms over simulated fleets.

use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use driftless_sim::{Setting, run};

/// Runs storms over simulated fleets, a seed each; tells of the first that breaks a rule, with the shortest story found.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many seeds
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many nodes each fleet has
    #[arg(long, default_value_t = 5)]
    nodes: usize,
    /// How long each storm lasts
    #[arg(long, default_value_t = 1)]
    hours: u64,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.nodes == 0 {
        eprintln!("a fleet has one node at least");
        return ExitCode::from(2);
    }
    let (began, mut messages, mut turns) = (Instant::now(), 0, 0);
    for seed in args.seed..args.seed.saturating_add(args.seeds) {
        let storm_ms = args.hours.max(1) * 3_600_000;
        match run(Setting { seed, nodes: args.nodes, storm_ms, planted: None }) {
            Ok(figures) => {
                messages += figures.messages;
                turns += figures.turns;
            }
            Err(failure) => {
                let broken = &failure.broken;
                println!("seed {seed}: {:?} at {} ms: {}", broken.rule, broken.at, broken.what);
                failure.story.iter().for_each(|(at, act)| println!("  {at:>9} ms  {act:?}"));
                return ExitCode::FAILURE;
            }
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{} seeds: no rule broken; {messages} messages, {turns} turns, {seconds:.1} s",
        args.seeds
    );
    ExitCode::SUCCESS
}

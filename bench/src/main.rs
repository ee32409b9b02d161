//! Figures, printed with the peer's or the limit's beside them. Run by `bench/run`.

mod decisions;
mod fleet;
mod placements;
mod process;
mod streams;

fn main() {
    match std::env::args().nth(1).as_deref() {
        None => {
            placements::run();
            decisions::run();
            fleet::run();
            streams::run();
        }
        Some("decisions") => decisions::run(),
        Some("placements") => placements::run(),
        Some("fleet") => fleet::run(),
        Some("streams") => streams::run(),
        Some(other) => {
            eprintln!("unknown: {other}; there are placements, decisions, fleet and streams");
            std::process::exit(2);
        }
    }
}

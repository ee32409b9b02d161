//! Figures, printed with the peer's or the limit's beside them. Run by `bench/run`.

mod fleet;
mod placements;
mod process;
mod streams;

fn main() {
    match std::env::args().nth(1).as_deref() {
        None => {
            placements::run();
            fleet::run();
            streams::run();
        }
        Some("placements") => placements::run(),
        Some("fleet") => fleet::run(),
        Some("streams") => streams::run(),
        Some(other) => {
            eprintln!("unknown: {other}; there are placements, fleet and streams");
            std::process::exit(2);
        }
    }
}

//! Figures, printed with the peer's or the limit's beside them. `bench/run` runs all; this binary holds those that
//! need no other process.

mod placements;

fn main() {
    placements::run();
}

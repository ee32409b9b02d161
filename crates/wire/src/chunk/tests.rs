//! Large messages over a link that loses, repeats and is cut.

use super::*;
use crate::VERSION;

const MAX: usize = 1 << 20;

fn chunks(payload_max: usize) -> Chunks {
    Chunks::new(MAX, payload_max)
}

fn message(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i % 251) as u8 ^ (i / 251) as u8).collect()
}

/// Carries payloads both ways until nobody has anything to say, as far as `lives` tells: what came over, and how many
/// payloads went from the sender.
fn carry(
    from: &mut Chunks,
    to: &mut Chunks,
    first: Vec<u8>,
    mut lives: impl FnMut(usize) -> bool,
) -> (Option<Vec<u8>>, usize) {
    let (mut whole, mut sent) = (None, 0);
    let mut there = VecDeque::from([first]);
    while let Some(payload) = there.pop_front() {
        sent += 1;
        if !lives(sent) {
            return (whole, sent);
        }
        let heard = to.hear(&payload).unwrap();
        whole = heard.message.or(whole);
        for answer in heard.answers {
            there.extend(from.hear(&answer).unwrap().answers);
        }
    }
    (whole, sent)
}

#[test]
fn a_small_message_goes_as_it_is() {
    let mut sender = chunks(100);
    assert_eq!(sender.say(vec![1, 0, 1, 9]), vec![1, 0, 1, 9]);
    assert!(is_whole(&[1, 0, 1, 9]) && is_whole(b"") && !is_whole(&sender.say(message(101))));
    assert_eq!(sender.bytes(), 101);
}

#[test]
fn a_large_message_comes_over_and_nothing_is_kept() {
    let (mut sender, mut receiver) = (chunks(500), chunks(500));
    let first = sender.say(message(10_000));
    let (whole, sent) = carry(&mut sender, &mut receiver, first, |_| true);
    assert_eq!(whole, Some(message(10_000)));
    // 23 pieces of 436 bytes, and the question.
    assert_eq!(sent, 24);
    assert_eq!((sender.bytes(), receiver.bytes()), (0, 0));
}

#[test]
fn after_a_cut_it_goes_on_from_the_first_piece_that_is_missing() {
    let (mut sender, mut receiver) = (chunks(500), chunks(500));
    let first = sender.say(message(10_000));
    let (whole, _) = carry(&mut sender, &mut receiver, first, |sent| sent <= 13);
    assert_eq!(whole, None);
    // The sender may even have forgotten: 12 pieces are there, 11 are not.
    let mut sender = chunks(500);
    let first = sender.say(message(10_000));
    let (whole, sent) = carry(&mut sender, &mut receiver, first, |_| true);
    assert_eq!((whole, sent), (Some(message(10_000)), 12));
}

#[test]
fn an_answer_that_comes_twice_is_taken_once() {
    let (mut sender, mut receiver) = (chunks(500), chunks(500));
    let question = sender.say(message(10_000));
    let answer = receiver.hear(&question).unwrap().answers.remove(0);
    assert_eq!(sender.hear(&answer).unwrap().answers.len(), WINDOW);
    assert_eq!(sender.hear(&answer).unwrap(), Heard::default());
}

#[test]
fn a_message_that_is_said_again_comes_again_and_late_pieces_begin_nothing() {
    let (mut sender, mut receiver) = (chunks(500), chunks(500));
    let question = sender.say(message(1000));
    let answer = receiver.hear(&question).unwrap().answers.remove(0);
    let pieces = sender.hear(&answer).unwrap().answers;
    for round in 0..2 {
        let whole = pieces.iter().find_map(|p| receiver.hear(p).unwrap().message);
        assert_eq!(whole, (round == 0).then(|| message(1000)));
        assert_eq!(receiver.bytes(), 0);
    }
    let first = sender.say(message(1000));
    assert_eq!(carry(&mut sender, &mut receiver, first, |_| true).0, Some(message(1000)));
}

#[test]
fn a_newer_message_takes_the_place_of_an_older_one() {
    let (mut sender, mut receiver) = (chunks(500), chunks(500));
    let old = sender.say(message(5000));
    let answer = receiver.hear(&old).unwrap().answers.remove(0);
    let new = sender.say(message(6000));
    assert_eq!(sender.hear(&answer).unwrap(), Heard::default(), "nobody waits for the old one");
    assert_eq!(carry(&mut sender, &mut receiver, new, |_| true).0, Some(message(6000)));
}

#[test]
fn what_is_half_here_is_bounded() {
    let mut receiver = chunks(500);
    for n in 0..100u8 {
        let form =
            v1::Piece { total: 3, bytes: vec![n; 400].into(), ..v1::Piece::of(&Hash::of(&[n])) };
        receiver.hear(&piece(&form)).unwrap();
    }
    assert_eq!(receiver.bytes(), HALF_HERE_MAX * (400 + PIECE_COST_BYTES));
    let mut small = Chunks::new(1000, 500);
    let form = |index| v1::Piece {
        total: PIECES_MAX,
        index,
        bytes: vec![0].into(),
        ..v1::Piece::of(&Hash::of(b"x"))
    };
    let refused = (0..PIECES_MAX).find(|i| small.hear(&piece(&form(*i))).is_err());
    assert_eq!(refused, Some(15), "pieces of one byte cost more than their byte");
    assert_eq!(small.bytes(), 0);
}

#[test]
fn damaged_pieces_are_refused() {
    let good = v1::Piece { total: 2, bytes: vec![1].into(), ..v1::Piece::of(&Hash::of(b"x")) };
    let check = |form: v1::Piece, what: &str| {
        let mut receiver = chunks(500);
        receiver.hear(&piece(&good)).unwrap();
        assert!(receiver.hear(&piece(&form)).is_err(), "{what}");
    };
    check(v1::Piece { hash: vec![1, 2].into(), ..good.clone() }, "no hash");
    check(v1::Piece { index: 2, ..good.clone() }, "an index beyond the total");
    check(v1::Piece { total: 0, ..good.clone() }, "no pieces at all");
    check(v1::Piece { total: PIECES_MAX + 1, ..good.clone() }, "too many pieces");
    check(v1::Piece { total: 3, ..good.clone() }, "another total");
    check(v1::Piece { index: 1, ..good.clone() }, "another message than announced");
}

proptest::proptest! {
    /// Whatever is lost on the way: said often enough, it comes over, and no piece more often than it was lost.
    #[test]
    fn it_comes_over_a_link_that_loses(len in 101usize..20_000, max in 100usize..400, mut seed in proptest::num::u64::ANY) {
        let (mut sender, mut receiver) = (chunks(max), chunks(max));
        let mut whole = None;
        let mut rounds = 0;
        while whole.is_none() {
            rounds += 1;
            proptest::prop_assert!(rounds < 5000, "it gets on");
            let mut there = VecDeque::from([sender.say(message(len.max(max + 1)))]);
            while let Some(payload) = there.pop_front() {
                proptest::prop_assert!(payload.len() <= max);
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match seed >> 61 {
                    0 => continue,
                    1 => there.push_back(payload.clone()),
                    2 if there.len() > 1 => there.swap(0, 1),
                    _ => {}
                }
                let heard = receiver.hear(&payload).unwrap();
                whole = heard.message.or(whole);
                for answer in heard.answers { there.extend(sender.hear(&answer).unwrap().answers); }
            }
        }
        proptest::prop_assert_eq!(whole, Some(message(len.max(max + 1))));
    }

    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
        let mut chunks = chunks(500);
        chunks.say(message(5000));
        for kind in [v1::PIECE, v1::HAVE] {
            let _ = chunks.hear(&bytes);
            let _ = chunks.hear(&[&[VERSION, 0, kind][..], &bytes].concat());
        }
    }

    #[test]
    fn damaged_payloads_are_answered(at in 0usize..600, byte in proptest::num::u8::ANY, cut in proptest::bool::ANY) {
        let (mut sender, mut receiver) = (chunks(500), chunks(500));
        let mut payload = sender.say(message(3000));
        let answer = receiver.hear(&payload).unwrap().answers.remove(0);
        for mut damaged in sender.hear(&answer).unwrap().answers.into_iter().chain([answer]) {
            let at = at % damaged.len();
            damaged[at] = byte;
            if cut { damaged.truncate(at); }
            let _ = (receiver.hear(&damaged), sender.hear(&damaged));
        }
        let at = at % payload.len();
        payload[at] = byte;
        let _ = receiver.hear(&payload);
    }
}

//! Logs, to the byte.

use super::*;

impl Bench {
    fn previous(&self, hub: &Hub) -> Result<Vec<u8>, String> {
        let options = LogOptions { previous: true, ..LogOptions::default() };
        let mut port = hub.open(Open::Logs(self.target("main"), options)).unwrap();
        match self.all(&mut port) {
            (said, End::Done) => Ok(said.out),
            (_, end) => Err(failure(end).message),
        }
    }
}

#[test]
fn logs_are_told_to_the_byte() {
    let mut bench = bench("logs");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let mut port = hub.open(Open::Logs(bench.target("main"), LogOptions::default())).unwrap();
    let none = failure(bench.all(&mut port).1);
    assert_eq!(none.reason, Reason::BadRequest);
    assert!(none.message.contains("waiting to start"), "{none:?}");
    // Bytes that are no text, a line of 100,000, and an end without a new line.
    let script =
        "printf 'a\\377\\000b\\n'; head -c 100000 /dev/zero | tr '\\0' x; printf '\\nlast'";
    let id = bench.script(&sandbox, 0, script);
    bench.exit_of(&id);
    let all = bench.logs(&hub, LogOptions::default());
    let want = [b"a\xff\x00b\n".as_slice(), &[b'x'; 100_000], b"\nlast"].concat();
    assert!(all == want, "{} bytes", all.len());
    let none = LogOptions::default;
    assert_eq!(bench.logs(&hub, LogOptions { tail: Some(1), ..none() }), b"last");
    assert_eq!(bench.logs(&hub, LogOptions { tail: Some(0), ..none() }), b"");
    assert_eq!(bench.logs(&hub, LogOptions { limit_bytes: Some(3), ..none() }), b"a\xff\x00");
    assert_eq!(bench.logs(&hub, LogOptions { since_ms: Some(u64::MAX / 2), ..none() }), b"");
    assert!(bench.logs(&hub, LogOptions { since_s: Some(3600), ..none() }) == want);
    let stamped = bench.logs(&hub, LogOptions { timestamps: true, tail: Some(1), ..none() });
    let stamped = String::from_utf8(stamped).unwrap();
    let (time, line) = stamped.split_once(' ').unwrap();
    assert!(time.ends_with('Z') && time.contains('T') && line == "last", "{stamped}");
    // Following one that has ended ends, too.
    assert!(bench.logs(&hub, LogOptions { follow: true, ..none() }) == want);
    // The attempt before.
    let previous = || LogOptions { previous: true, ..none() };
    let mut port = hub.open(Open::Logs(bench.target("main"), previous())).unwrap();
    let missing = failure(bench.all(&mut port).1);
    assert_eq!(missing.message, "previous terminated container \"main\" in pod \"pod\" not found");
    bench.script(&sandbox, 1, "echo two; sleep 1000");
    assert!(bench.logs(&hub, previous()) == want);
    let mut port =
        hub.open(Open::Logs(bench.target("main"), LogOptions { follow: true, ..none() }));
    bench.until_said(port.as_mut().unwrap(), b"two\n");
}

#[test]
fn a_log_of_one_file_is_kept_and_told() {
    let mut bench = bench_with("one-file", LogBound { file_bytes: 1 << 20, files: 1 });
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let id = bench.script(&sandbox, 0, "echo told");
    bench.exit_of(&id);
    assert_eq!(bench.logs(&hub, LogOptions::default()), b"told\n");
}

#[test]
fn what_a_terminal_says_is_not_taken_apart() {
    let mut bench = bench("raw");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    // It begins as a head of the engine's would, and is longer than what is read at a time.
    let script = "stty raw; printf '\\001\\000\\000\\000\\000\\000\\000\\002ab'; head -c 200000 /dev/zero; printf end";
    let mut launch = bench.launch(&sandbox, "main", 0, script);
    launch.tty = true;
    let id = bench.started(launch);
    bench.exit_of(&id);
    let said = bench.logs(&hub, LogOptions::default());
    let want = [b"\x01\0\0\0\0\0\0\x02ab".as_slice(), &[0; 200_000], b"end"].concat();
    assert!(said == want, "{} bytes", said.len());
}

#[test]
fn a_follower_hears_all_until_the_container_ends() {
    let mut bench = bench("follow");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    // A line of a megabyte, then one for each thing that is said to it.
    let script = "head -c 1000000 /dev/zero | tr '\\0' x; echo; while read x; do echo \"got $x\"; [ $x = end ] && exit 3; done";
    let mut launch = bench.launch(&sandbox, "main", 0, script);
    launch.stdin = true;
    let id = bench.started(launch);
    let options = LogOptions { follow: true, ..LogOptions::default() };
    let mut follower = hub.open(Open::Logs(bench.target("main"), options)).unwrap();
    let mut long = Vec::new();
    bench.runtime.block_on(async {
        while long.len() < 1_000_000 {
            if let Incoming::Data(_, bytes) = heard(&mut follower).await {
                long.extend(bytes);
            }
        }
    });
    assert!(long == [b'x'; 1_000_000], "{} bytes", long.len());
    let speaker = hub.open(Open::Attach(bench.target("main"), ALL)).unwrap();
    for (line, want) in [("one\n", "\ngot one\n"), ("end\n", "got end\n")] {
        bench.runtime.block_on(speaker.sender.send(STDIN, line.as_bytes())).unwrap();
        bench.until_said(&mut follower, want.as_bytes());
    }
    let (said, end) = bench.all(&mut follower);
    assert_eq!((said, end), (Said::default(), End::Done));
    assert_eq!(bench.exit_of(&id).code, 3);
}

#[test]
fn the_attempt_before_is_the_one_that_kubernetes_means() {
    let mut bench = bench("previous");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let attempt = |bench: &mut Bench, attempt, script| {
        let id = bench.script(&sandbox, attempt, script);
        bench.exit_of(&id);
    };
    let missing = "previous terminated container \"main\" in pod \"pod\" not found";
    // It failed and waits to be started again: that is what was before.
    attempt(&mut bench, 0, "echo zero; exit 1");
    assert_eq!(bench.previous(&hub).unwrap(), b"zero\n");
    assert_eq!(bench.logs(&hub, LogOptions::default()), b"zero\n");
    // One that could not be started has said nothing.
    let mut cannot = bench.launch(&sandbox, "main", 1, "");
    cannot.command = vec!["/no/such/program".into()];
    assert!(matches!(bench.start(cannot), Outcome::Failed(_)));
    assert_eq!(bench.logs(&hub, LogOptions::default()), b"zero\n");
    attempt(&mut bench, 2, "echo two; exit 1");
    assert_eq!(bench.previous(&hub).unwrap(), b"two\n");
    // It has done what it was for.
    attempt(&mut bench, 3, "echo three");
    assert_eq!(bench.previous(&hub).unwrap(), b"two\n");
    bench.script(&sandbox, 4, "echo four; sleep 1000");
    assert_eq!(bench.previous(&hub).unwrap(), b"three\n");
    // A pod that has ended keeps its logs; none of them is started again.
    for id in bench.look().into_iter().filter(|seen| seen.running).map(|seen| seen.id) {
        let stop = Effect::Stop { op: OpId(1), container: id, grace_s: 0 };
        assert!(matches!(bench.run(stop), Outcome::Done));
    }
    assert_eq!(bench.logs(&hub, LogOptions::default()), b"four\n");
    assert_eq!(bench.previous(&hub).unwrap(), b"three\n");
    for attempt in [0, 2, 3] {
        let seen = bench.look().into_iter();
        let mut old = seen.filter(|seen| seen.identity == Some(bench.identity("main", attempt)));
        let id = old.next().unwrap().id;
        bench.run(Effect::Remove { op: OpId(1), container: id });
    }
    assert_eq!(bench.previous(&hub).unwrap_err(), missing);
}

#[test]
fn many_short_lines_travel_together() {
    let mut bench = bench("short-lines");
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    let id = bench.script(&sandbox, 0, "seq 20000");
    bench.exit_of(&id);
    let open = Open::Logs(bench.target("main"), LogOptions::default());
    let mut port = hub.open(open).unwrap();
    let (mut said, mut frames) = (Vec::new(), 0);
    bench.runtime.block_on(async {
        loop {
            match heard(&mut port).await {
                Incoming::Data(_, bytes) => {
                    said.extend(bytes);
                    frames += 1;
                }
                Incoming::End(end) => return assert_eq!(end, End::Done),
                _ => {}
            }
        }
    });
    let want: String = (1..=20_000).map(|n| format!("{n}\n")).collect();
    assert!(said == want.as_bytes(), "{} bytes", said.len());
    assert!(frames < 2_000, "{frames} frames");
}

#[test]
fn a_log_that_turns_over_is_followed_on() {
    let bench = bench_with("turns", LogBound { file_bytes: 64 << 10, files: 3 });
    let hub = bench.controller();
    let sandbox = bench.sandbox();
    // A file is full every few bursts; the next one waits until this one was heard.
    let script = "while read x; do i=0; \
        while [ $i -lt 200 ]; do i=$((i+1)); printf '%s %0100d\\n' $x $i; done; echo end; done";
    let mut launch = bench.launch(&sandbox, "main", 0, script);
    launch.stdin = true;
    let id = bench.started(launch);
    let options = LogOptions { follow: true, ..LogOptions::default() };
    let mut follower = hub.open(Open::Logs(bench.target("main"), options)).unwrap();
    let speaker = hub.open(Open::Attach(bench.target("main"), ALL)).unwrap();
    for burst in 0..24 {
        let said = format!("{burst}\n");
        bench.runtime.block_on(speaker.sender.send(STDIN, said.as_bytes())).unwrap();
        let mut heard_so_far = Vec::new();
        bench.runtime.block_on(async {
            while !heard_so_far.ends_with(b"end\n") {
                if let Incoming::Data(_, bytes) = heard(&mut follower).await {
                    heard_so_far.extend(bytes);
                }
            }
        });
        let want: String = (1..=200).map(|n| format!("{burst} {n:0100}\n")).collect();
        assert!(heard_so_far == (want + "end\n").as_bytes(), "{burst}");
    }
    let stop = Effect::Stop { op: OpId(1), container: id, grace_s: 0 };
    assert!(matches!(bench.run(stop), Outcome::Done));
    assert_eq!(bench.all(&mut follower).1, End::Done);
}

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;

use agent_core::turn::File;

use super::*;

fn pod(volumes: &[(&str, VolumeContent)]) -> PodVolumes {
    PodVolumes {
        pod: Uid::from("uid-1"),
        volumes: volumes.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect(),
        fs_group: None,
    }
}

fn files(list: &[(&str, &str)]) -> VolumeContent {
    let file = |text: &str| File { bytes: text.as_bytes().into(), mode: 0o640 };
    let files: BTreeMap<_, _> = list.iter().map(|(n, t)| ((*n).to_owned(), file(t))).collect();
    VolumeContent::Files { files, in_memory: false }
}

fn me() -> Identity {
    Identity {
        namespace: "default".into(),
        pod: "p".into(),
        uid: Uid::from("uid-1"),
        container: "main".into(),
        attempt: 0,
        spec: String::new(),
    }
}

#[test]
fn files_change_all_at_once_and_only_if_they_differ() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    let at = all.pods.join("uid-1/volumes/conf");
    all.write(&pod(&[("conf", files(&[("a", "1"), ("sub/b", "2")]))])).unwrap();
    assert_eq!(fs::read_to_string(at.join("a")).unwrap(), "1");
    assert_eq!(fs::read_to_string(at.join("sub/b")).unwrap(), "2");
    let mode = fs::metadata(at.join("a")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let first = fs::read_link(at.join("..data")).unwrap();

    all.write(&pod(&[("conf", files(&[("a", "1"), ("sub/b", "2")]))])).unwrap();
    assert_eq!(fs::read_link(at.join("..data")).unwrap(), first);

    all.write(&pod(&[("conf", files(&[("a", "3")]))])).unwrap();
    assert_ne!(fs::read_link(at.join("..data")).unwrap(), first);
    assert_eq!(fs::read_to_string(at.join("a")).unwrap(), "3");
    assert!(!at.join("sub").exists() && !at.join(first).exists());

    all.remove(&Uid::from("uid-1")).unwrap();
    assert!(!all.pods.join("uid-1").exists());
}

#[test]
fn persistent_volumes_outlive_their_pods() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    let with = |name: &str| pod(&[("data", VolumeContent::Persistent { volume: name.into() })]);
    all.write(&with("pvc-1")).unwrap();
    let at = all.volume_path(&me(), 0, "data", "").unwrap();
    assert_eq!(at, fs::canonicalize(dir.path()).unwrap().join("volumes/pvc-1"));
    assert_eq!(fs::metadata(&at).unwrap().permissions().mode() & 0o777, 0o777);
    fs::write(at.join("x"), "1").unwrap();
    all.write(&with("pvc-1")).unwrap();
    all.remove(&Uid::from("uid-1")).unwrap();
    all.sweep(&BTreeSet::new());
    assert_eq!(fs::read_to_string(at.join("x")).unwrap(), "1");
    // Another volume in its place: the first stays as it is.
    all.write(&with("pvc-1")).unwrap();
    all.write(&with("pvc-2")).unwrap();
    assert!(all.volume_path(&me(), 0, "data", "").unwrap().ends_with("volumes/pvc-2"));
    for bad in ["..", "a/b", ""] {
        assert!(all.write(&with(bad)).is_err() && all.remove_persistent(bad).is_err(), "{bad:?}");
    }
    all.remove_persistent("pvc-1").unwrap();
    all.remove_persistent("pvc-1").unwrap();
    assert!(!at.exists() && at.with_file_name("pvc-2").exists());
}

#[test]
fn names_do_not_lead_out() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    for bad in ["../x", "/etc/x", "a/../../x", "..data", ""] {
        assert!(all.write(&pod(&[("v", files(&[(bad, "1")]))])).is_err(), "{bad:?}");
    }
    for bad in ["", ".", "..", "a/b", "../x"] {
        assert!(all.write(&pod(&[(bad, VolumeContent::Empty)])).is_err(), "{bad:?}");
        assert!(all.remove(&Uid::from(bad)).is_err(), "{bad:?}");
    }
}

#[test]
fn sub_paths_stay_inside() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    all.write(&pod(&[("v", VolumeContent::Empty), ("c", files(&[("key", "1")]))])).unwrap();
    let volume = all.pods.join("uid-1/volumes/v");
    symlink("/etc", volume.join("out")).unwrap();
    symlink("../../..", volume.join("up")).unwrap();
    for bad in ["../c", "/etc", "out", "out/passwd", "up", "up/new", "a/../../c"] {
        let base = all.pods.join("uid-1/volumes/v");
        assert!(mounts::open_beneath(&base, bad).is_err(), "{bad:?}");
    }
    let conf = all.pods.join("uid-1/volumes/c");
    for (base, good) in [(&volume, "new/deep"), (&conf, "key")] {
        mounts::open_beneath(base, good).unwrap();
    }
    assert!(volume.join("new/deep").is_dir());
}

#[test]
fn memory_and_held_paths_are_unmounted_before_they_are_removed() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    let memory = VolumeContent::Memory { bytes_max: Some(1 << 20) };
    all.write(&pod(&[("m", memory.clone()), ("v", VolumeContent::Empty)])).unwrap();
    all.write(&pod(&[("m", memory), ("v", VolumeContent::Empty)])).unwrap();
    assert!(mounts::is_mounted(&all.pods.join("uid-1/volumes/m")).unwrap());
    let held = all.volume_path(&me(), 0, "v", "deep/er").unwrap();
    assert!(mounts::is_mounted(&held).unwrap());
    fs::write(held.join("x"), "1").unwrap();
    all.remove_container(&me());
    let kept = all.pods.join("uid-1/volumes/v/deep/er/x");
    assert_eq!(fs::read_to_string(kept).unwrap(), "1");
    all.sweep(&BTreeSet::from([Uid::from("uid-1")]));
    assert!(all.pods.join("uid-1").exists());
    all.sweep(&BTreeSet::new());
    assert!(!all.pods.join("uid-1").exists());
}

#[test]
fn secrets_lie_in_memory_or_nowhere() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    let VolumeContent::Files { files, .. } = files(&[("key", "planted")]) else { unreachable!() };
    let secret = pod(&[("s", VolumeContent::Files { files, in_memory: true })]);
    if !rustix::process::geteuid().is_root() {
        assert!(matches!(all.write(&secret), Err(VolumeError::NoMemory(_))));
        assert!(!all.pods.join("uid-1/volumes/s/key").exists());
        return;
    }
    all.write(&secret).unwrap();
    let at = all.pods.join("uid-1/volumes/s");
    assert!(mounts::is_memory(&at).unwrap() && !mounts::is_memory(&all.pods).unwrap());
    let table = fs::read_to_string("/proc/self/mountinfo").unwrap();
    let line = table.lines().find(|l| l.contains(at.to_str().unwrap())).unwrap();
    let knows = rustix::system::uname().release().to_string_lossy().into_owned();
    let mut version = knows.split('.').map(|n| n.parse::<u32>().unwrap_or(0));
    if (version.next(), version.next()) >= (Some(6), Some(4)) {
        assert!(line.contains("noswap"), "{line}");
    }
    // A path within it is the same memory.
    let held = all.volume_path(&me(), 0, "s", "key").unwrap();
    assert_eq!(fs::read_to_string(&held).unwrap(), "planted");
    assert!(mounts::is_memory(&held).unwrap());
    all.remove(&Uid::from("uid-1")).unwrap();
    assert!(!all.pods.join("uid-1").exists());
}

#[test]
fn host_paths_are_what_they_say() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    let check = |path: &str, kind: &str, want: bool| {
        let path = dir.path().join(path);
        let path = path.to_str().unwrap();
        assert_eq!(all.host_path(&me(), 0, path, kind, "").is_ok(), want, "{path} {kind}");
    };
    check("d", "Directory", false);
    check("d", "DirectoryOrCreate", true);
    check("d", "Directory", true);
    check("d", "File", false);
    check("f", "FileOrCreate", true);
    check("f", "File", true);
    check("f", "Socket", false);
    check("f", "DirectoryOrCreate", false);
    check("n/e/w", "", true);
}

#[test]
fn last_words_are_read_and_bounded() {
    let dir = tempfile::tempdir().unwrap();
    let all = Volumes::open(dir.path()).unwrap();
    assert_eq!(all.last_words(&me()), "");
    let path = all.make_last_words(&me()).unwrap();
    fs::write(path, "x".repeat(LAST_WORDS_BYTES_MAX + 1)).unwrap();
    assert_eq!(all.last_words(&me()).len(), LAST_WORDS_BYTES_MAX);
}

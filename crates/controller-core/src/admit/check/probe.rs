//! Rules on probes and lifecycle hooks.

use super::at::{At, Errors};
use super::names;

/// The probes and hooks of a container; `allowed` unless it is an init container that must end.
pub fn of_container(container: &At<'_>, allowed: bool, errors: &mut Errors) {
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let Some(probe) = container.get(name) else { continue };
        if !allowed {
            errors.push(
                probe
                    .path
                    .forbidden("may not be set for init containers without restartPolicy=Always"),
            );
            continue;
        }
        check(&probe, name == "readinessProbe", errors);
    }
    let Some(lifecycle) = container.get("lifecycle") else { return };
    if !allowed {
        let why = "may not be set for init containers without restartPolicy=Always";
        errors.push(lifecycle.path.forbidden(why));
        return;
    }
    for moment in ["postStart", "preStop"] {
        if let Some(hook) = lifecycle.get(moment) {
            handler(&hook, &["exec", "httpGet", "sleep"], &["tcpSocket"], errors);
            if let Some(sleep) = hook.get("sleep") {
                sleep.non_negative("seconds", errors);
            }
        }
    }
    lifecycle.refuse(&["stopSignal"], errors);
}

fn check(probe: &At<'_>, readiness: bool, errors: &mut Errors) {
    handler(probe, &["exec", "httpGet", "tcpSocket"], &["grpc"], errors);
    for field in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        probe.non_negative(field, errors);
    }
    let grace = probe.path.child("terminationGracePeriodSeconds");
    if let Some(seconds) = probe.int("terminationGracePeriodSeconds") {
        if readiness {
            errors.push(grace.invalid(seconds, "must not be set for readinessProbes"));
        } else if seconds <= 0 {
            errors.push(grace.invalid(seconds, "must be greater than 0"));
        }
    }
    if let Some(passes) = probe.int("successThreshold").filter(|&n| !readiness && n > 1) {
        errors.push(probe.path.child("successThreshold").invalid(passes, "must be 1"));
    }
}

/// Exactly one way to look or act.
fn handler(at: &At<'_>, known: &[&'static str], refused: &[&'static str], errors: &mut Errors) {
    at.refuse(refused, errors);
    let given = at.present(known);
    if given.is_empty() && at.present(refused).is_empty() {
        errors.push(at.path.required("must specify a handler type"));
    }
    for name in given.iter().skip(1) {
        errors.push(at.path.child(name).forbidden("may not specify more than 1 handler type"));
    }
    if let Some(exec) = at.get("exec")
        && exec.items("command").next().is_none()
    {
        errors.push(exec.path.child("command").required(""));
    }
    if let Some(get) = at.get("httpGet") {
        get.required("path", errors);
        port(&get, errors);
        get.one_of("scheme", &["HTTP", "HTTPS"], errors);
        for header in get.items("httpHeaders") {
            let name = header.required("name", errors);
            let fits = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
            if !name.bytes().all(fits) {
                let why = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
                errors.push(header.path.child("name").invalid(name, why));
            }
        }
    }
    if let Some(socket) = at.get("tcpSocket") {
        port(&socket, errors);
    }
}

/// A port by number or name.
fn port(at: &At<'_>, errors: &mut Errors) {
    let path = at.path.child("port");
    match at.int("port") {
        Some(number) if (1..=65_535).contains(&number) => {}
        Some(number) => errors.push(path.invalid(number, "must be between 1 and 65535, inclusive")),
        None if at.text("port").is_empty() => {
            errors.push(path.invalid(0i64, "must be between 1 and 65535, inclusive"));
        }
        None => at.named("port", names::port_name, errors),
    }
}

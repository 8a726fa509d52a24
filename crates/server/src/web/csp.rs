//! What our pages may load: nothing from other hosts except the pictures and videos of stories, and no inline
//! scripts. Stories may not be stored here, so the browser asks Meta for them (meta-platform.md §2.7).

use std::net::IpAddr;

use axum::http::HeaderValue;

/// Where Meta's stories are.
const STORIES: &str = "https://*.fbcdn.net https://*.fbsbx.com https://*.cdninstagram.com";

/// The policy. `listed` are the hosts of the setting `meta_media_hosts`: `host` or `host:port`.
pub fn policy(listed: &[String]) -> HeaderValue {
    let mut stories = STORIES.to_owned();
    for host in listed.iter().filter(|host| is_host(host)) {
        let scheme = if is_this_machine(host) { "http" } else { "https" };
        stories.push_str(&format!(" {scheme}://{host}"));
    }
    let policy = format!(
        "default-src 'self'; img-src 'self' blob: data: {stories}; media-src 'self' blob: {stories}; \
         style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
    );
    HeaderValue::from_str(&policy).expect("every host was looked at")
}

/// Whether it is a single host: no second source, no second directive.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']'))
}

/// Whether a host, with or without a port, is the client's own machine.
pub fn is_this_machine(host: &str) -> bool {
    let name =
        host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name);
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(listed: &[&str], directive: &str) -> String {
        let listed: Vec<String> = listed.iter().map(|&host| host.to_owned()).collect();
        let policy = policy(&listed);
        let found =
            policy.to_str().unwrap().split("; ").find(|part| part.starts_with(directive)).map(str::to_owned);
        found.unwrap_or_default()
    }

    #[test]
    fn stories_are_shown_from_metas_own_hosts_and_scripts_from_none() {
        for directive in ["img-src", "media-src"] {
            assert!(sources(&[], directive).ends_with(STORIES), "{directive}");
        }
        assert_eq!(sources(&[], "default-src"), "default-src 'self'");
        assert_eq!(sources(&[], "script-src"), "");
    }

    #[test]
    fn listed_hosts_are_added_and_nothing_else_is() {
        let shown = sources(&["127.0.0.1:8090", "[::1]:8090", "localhost", "cdn.example"], "img-src");
        for source in ["http://127.0.0.1:8090", "http://[::1]:8090", "http://localhost", "https://cdn.example"] {
            assert!(shown.split(' ').any(|one| one == source), "{source} in {shown}");
        }
        let odd = sources(&["", "a b", "x; script-src *", "\u{e9}.example", "*"], "img-src");
        assert_eq!(odd, sources(&[], "img-src"));
    }
}

//! The regions of Genesys Cloud (docs/notifications.md, section 1): an AWS name or a raw domain to a domain.

/// AWS region, domain.
const REGIONS: [(&str, &str); 18] = [
    ("us-east-1", "mypurecloud.com"),
    ("us-east-2", "use2.us-gov-pure.cloud"),
    ("us-west-2", "usw2.pure.cloud"),
    ("ca-central-1", "cac1.pure.cloud"),
    ("sa-east-1", "sae1.pure.cloud"),
    ("mx-central-1", "mxc1.pure.cloud"),
    ("eu-central-1", "mypurecloud.de"),
    ("eu-central-2", "euc2.pure.cloud"),
    ("eu-west-1", "mypurecloud.ie"),
    ("eu-west-2", "euw2.pure.cloud"),
    ("me-central-1", "mec1.pure.cloud"),
    ("ap-south-1", "aps1.pure.cloud"),
    ("ap-southeast-1", "apse1.pure.cloud"),
    ("ap-southeast-2", "mypurecloud.com.au"),
    ("ap-northeast-1", "mypurecloud.jp"),
    ("ap-northeast-2", "apne2.pure.cloud"),
    ("ap-northeast-3", "apne3.pure.cloud"),
    ("eusc-de-east-1", "edee1.eusc-pure.cloud"),
];

/// The domain of a region. One that is not in the table is taken for a domain, if it holds a dot. Nothing but the
/// characters of a host name: whatever else stood there could send the credentials elsewhere.
pub(super) fn domain(text: &str) -> Result<&str, String> {
    let name = text.to_ascii_lowercase().replace('_', "-");
    if let Some((_, domain)) = REGIONS.iter().find(|(region, _)| *region == name) {
        return Ok(domain);
    }
    if is_host(text) && text.contains('.') {
        // Somebody who gives the host of the API means its domain.
        return Ok(text.strip_prefix("api.").unwrap_or(text));
    }
    let all: Vec<&str> = REGIONS.iter().map(|(region, _)| *region).collect();
    Err(format!("is neither a region nor a domain; the regions are {}", all.join(", ")))
}

/// Whether a text is made of what host names are made of.
pub(super) fn is_host(text: &str) -> bool {
    let plain = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 200 && text.split('.').all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_domains() {
        assert_eq!(domain("us-east-1"), Ok("mypurecloud.com"));
        assert_eq!(domain("AP_Northeast_3"), Ok("apne3.pure.cloud"));
        assert_eq!(domain("mypurecloud.de"), Ok("mypurecloud.de"));
        assert_eq!(domain("api.new.pure.cloud"), Ok("new.pure.cloud"));
        for text in ["", "us-east-9", "evil.com/", "a@b.c", "a b.c", "a..b", "-a.b", "a.b\r\n"] {
            assert!(domain(text).is_err(), "{text:?}");
        }
    }
}

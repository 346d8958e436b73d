//! How the simulator is started.

use std::net::IpAddr;
use std::path::PathBuf;

/// People a demo starts with.
pub const DEMO_PHONES: [(&str, &str); 2] = [("+593987654321", "Ana"), ("+593991203344", "Bruno")];

#[derive(Debug, Clone)]
pub struct Config {
    pub host: IpAddr,
    /// 0 takes any free port.
    pub port: u16,
    /// Where the state is kept; without it everything ends with the process.
    pub data: Option<PathBuf>,
    /// Start with two phones if there is none.
    pub demo: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 0,
            data: None,
            demo: false,
        }
    }
}

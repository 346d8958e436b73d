//! `w:mex`: queries that are written down at the server and asked for by number,
//! answered with JSON.

use serde_json::json;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::{Session, result, text};

/// `WAWebMexFetchReachoutTimelockJobQuery`
const REACH_OUT_TIMELOCK: &str = wacore::iq::mex_operations::fetch_reachout_timelock::DOC_ID;

pub fn handle(session: &Session<'_>, iq: &Node) -> Option<Node> {
    let query = iq.get_optional_child("query")?;
    if text(query, "query_id")? != REACH_OUT_TIMELOCK {
        return None;
    }
    let own = &session.account.number;
    let until = session.network.faults.reach_out_until(own);
    let state = json!({
        "enforcement_type": if until.is_some() { "DEFAULT" } else { "NONE" },
        "is_active": until.is_some(),
        "time_enforcement_ends": until.unwrap_or_default().to_string(),
    });
    let answer = json!({ "data": { "xwa2_fetch_account_reachout_timelock": state } });
    let answer = NodeBuilder::new("result")
        .bytes(answer.to_string().into_bytes())
        .build();
    Some(result(iq, [answer]))
}

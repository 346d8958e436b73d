//! Votes, which only those can read who have the poll's secret.

use super::{Inlet, read::SealedVote};
use crate::port::Body;
use whatsapp_rust::{
    Client, Jid, types::message::MessageInfo, wacore::poll::PollVoteCiphertext,
    wacore::store::traits::MsgSecretStore,
};

impl Inlet {
    /// `None`: nobody here has the poll, or the vote was not sealed for it.
    pub(super) async fn open_vote(
        &self,
        client: &Client,
        info: &MessageInfo,
        vote: &SealedVote,
    ) -> Option<Body> {
        let source = &info.source;
        let chats = names(client, &source.chat).await;
        for creator in creators(client, info, vote) {
            for name in names(client, &creator).await {
                for chat in &chats {
                    let found = self.store.get_msg_secret(chat, &name, &vote.poll).await;
                    let Ok(Some(secret)) = found else { continue };
                    let sealed = PollVoteCiphertext {
                        enc_payload: &vote.payload,
                        enc_iv: &vote.iv,
                    };
                    let polls = client.polls();
                    let opened =
                        polls.decrypt_vote(sealed, &secret, &vote.poll, &creator, &source.sender);
                    if let Ok(options) = opened.await {
                        return Some(Body::Vote {
                            poll: vote.poll.clone(),
                            options: options.iter().map(hex::encode).collect(),
                        });
                    }
                }
            }
        }
        tracing::debug!("A vote could not be read.");
        None
    }
}

/// Who may have made the poll, the likeliest first.
fn creators(client: &Client, info: &MessageInfo, vote: &SealedVote) -> Vec<Jid> {
    let source = &info.source;
    let named = vote.creator.as_ref().and_then(|it| it.parse().ok());
    let mut creators: Vec<Jid> = named.into_iter().collect();
    // The key speaks as the voter sees it.
    match (vote.from_voter, source.is_from_me) {
        (true, _) => creators.push(source.sender.to_non_ad()),
        (false, true) if !source.is_group => creators.push(source.chat.to_non_ad()),
        (false, _) => {
            let own = [client.lid(), client.pn()].into_iter().flatten();
            creators.extend(own.map(|jid| jid.to_non_ad()));
        }
    }
    creators
}

/// By what secrets of a chat or a person may be kept.
async fn names(client: &Client, jid: &Jid) -> Vec<String> {
    let mut names = vec![jid.to_non_ad().to_string()];
    if let Ok(Some(entry)) = client.get_lid_pn_entry(jid).await {
        names.push(format!("{}@lid", entry.lid));
        names.push(format!("{}@s.whatsapp.net", entry.phone_number));
    }
    names
}

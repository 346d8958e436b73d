//! Calls, as people make them and give them up.

use super::{Control, Error};
use crate::http::views::CallView;
use crate::phone::missed;
use crate::platform;
use crate::recipient::Recipient;
use crate::stanza::call;
use crate::state::calls::Call;

impl Control {
    /// The person calls somebody, whose devices ring until the person gives up.
    pub async fn call(&self, from: &str, to: &str, video: bool) -> Result<CallView, Error> {
        let from = self.account(from)?.number.clone();
        let to = match to.parse()? {
            Recipient::Person(number) => {
                let known = self.network.account(&number);
                known.ok_or(Error::UnknownPhone(number))?.number.clone()
            }
            Recipient::Group(_) => return Err(Error::NobodyNamed),
        };
        let id = hex::encode_upper(platform::random_bytes::<16>());
        let call = Call {
            id,
            from,
            to,
            video,
        };
        call::offer(&self.network, &call);
        let view = CallView::of(&call);
        self.network.calls.begin(call);
        self.network.store.durable().await?;
        Ok(view)
    }

    /// The person gives up: the other side has missed a call.
    pub async fn hang_up(&self, from: &str, id: &str) -> Result<CallView, Error> {
        let from = self.account(from)?.number.clone();
        let call = self.network.calls.end(&from, id);
        let call = call.ok_or_else(|| Error::UnknownCall(id.to_owned()))?;
        call::terminate(&self.network, &call);
        missed::note(&self.network, &call);
        self.network.store.durable().await?;
        Ok(CallView::of(&call))
    }
}

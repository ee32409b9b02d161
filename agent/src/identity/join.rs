//! Asking to be certified: one short connection, one question, one answer.

use std::time::Duration;

use model::NodeName;
use rumqttc::{
    AsyncClient, Event, MqttOptions, Packet, QoS, SubscribeReasonCode, TlsConfiguration, Transport,
};
use sha2::{Digest, Sha256};
use wire::join::{Answer, BYTES_MAX, Request, Token, topic_down, topic_up};
use wire::sign::SigningKey;

use super::{Certified, Place, tls};

/// So long an answer may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Why a machine was not certified.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    /// The controller cannot be reached, or does not answer.
    #[error("the controller at {0} cannot be asked: {1}")]
    Unreached(String, String),
    /// It will not have this machine.
    #[error("the controller refuses this machine: {0}")]
    Refused(String),
    /// It will, later.
    #[error("the controller cannot take this machine now: {0}")]
    Busy(String),
    /// The answer is not the controller's.
    #[error(
        "what came as an answer is not the controller's: the broker between, or somebody else, made it up"
    )]
    Forged,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Entropy,
}

impl JoinError {
    /// Whether asking again may help.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(self, Self::Unreached(..) | Self::Busy(_) | Self::Forged)
    }
}

/// Asks to be certified: by a token, or as the node that it is already.
pub(super) async fn ask(
    place: &Place,
    node: &NodeName,
    key: &SigningKey,
    token: Option<&Token>,
    known: Option<&Certified>,
) -> Result<Certified, JoinError> {
    let address = place.join.as_ref().unwrap_or(&place.address);
    let (host, port) = (address.host.clone(), address.port);
    let unreached = |why: String| JoinError::Unreached(format!("{host}:{port}"), why);
    let mut random = [0_u8; 24];
    getrandom::fill(&mut random).map_err(|_| JoinError::Entropy)?;
    let (nonce, rest) = random.split_at(16);
    let nonce: [u8; 16] = nonce.try_into().map_err(|_| JoinError::Entropy)?;
    let id: String = rest.iter().map(|b| format!("{b:02x}")).collect();
    let id = format!("_join{id}");
    let mut options = MqttOptions::new(id.as_str(), host.clone(), port);
    options.set_clean_session(true).set_max_packet_size(BYTES_MAX * 2, BYTES_MAX * 2);
    if let Some((user, password)) = &place.login {
        options.set_credentials(user, &**password);
    }
    let expected: [u8; 32] = match (token, known) {
        (Some(token), _) => token.authority,
        (None, Some(certified)) => Sha256::digest(&certified.authority).into(),
        (None, None) => return Err(JoinError::Refused("there is no token".to_owned())),
    };
    if address.secure {
        let config = match (token, known) {
            (None, Some(certified)) => tls::asking(certified, &place.beyond)?,
            _ => tls::joining(expected, &place.beyond)?,
        };
        options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(config)));
    }
    let request = Request::write(node, key, nonce, token);
    let conversation = converse(options, &place.prefix, &id, &request, nonce);
    let answer = tokio::time::timeout(ANSWER_WITHIN, conversation)
        .await
        .map_err(|_| unreached("no answer came".to_owned()))?
        .map_err(unreached)?;
    let Some((certificate, authority)) =
        answer.certified.map(|(c, a)| (c.into_vec(), a.into_vec()))
    else {
        let refusal = if answer.passing { JoinError::Busy } else { JoinError::Refused };
        return Err(refusal(answer.refused));
    };
    let (from, life) = answer.times;
    let mut chain: Vec<&[u8]> = answer.chain.iter().map(|c| c.as_slice()).collect();
    chain.push(&authority);
    // The one whose hash the machine knows may be what this one follows.
    let held = known.map(|known| known.authority.as_slice());
    chain.extend(held);
    if !tls::certifies(key, &certificate, &chain, expected, from) {
        return Err(JoinError::Forged);
    }
    let until = from.saturating_add(life);
    Ok(Certified { node: node.as_str().to_owned(), certificate, authority, from, until })
}

async fn converse(
    options: MqttOptions,
    prefix: &str,
    id: &str,
    request: &[u8],
    nonce: [u8; 16],
) -> Result<Answer, String> {
    let (client, mut events) = AsyncClient::new(options, 4);
    events.network_options.set_connection_timeout(ANSWER_WITHIN.as_secs());
    loop {
        match events.poll().await.map_err(|e| e.to_string())? {
            Event::Incoming(Packet::ConnAck(_)) => {
                let asked = client.try_subscribe(topic_down(prefix, id), QoS::AtLeastOnce);
                asked.map_err(|e| e.to_string())?;
            }
            Event::Incoming(Packet::SubAck(ack)) => {
                if ack.return_codes.contains(&SubscribeReasonCode::Failure) {
                    return Err("the broker does not let machines join".to_owned());
                }
                let said =
                    client.try_publish(topic_up(prefix, id), QoS::AtLeastOnce, false, request);
                said.map_err(|e| e.to_string())?;
            }
            Event::Incoming(Packet::Publish(publish)) => {
                if let Some(answer) = Answer::read(&publish.payload).filter(|a| a.nonce == nonce) {
                    let _ = client.try_disconnect();
                    // What is left to say is said, or not: the answer is here.
                    let _ = tokio::time::timeout(Duration::from_millis(200), events.poll()).await;
                    return Ok(answer);
                }
            }
            _ => {}
        }
    }
}

# A tunnel of WireGuard between the two hosts, an interface of its own per session. The key is made here and stays here.
#
# Both ends derive the addresses inside from the session: two neighbours out of 198.18.0.0/16, which is set aside for
# tests of network devices and so is nobody's network. The source has the even one.

wireguard_needs() {
  printf 'command wg wireguard-tools\nmodule wireguard\n'
}

wireguard_addresses() { # sets own_address and peer_address, what the engine speaks from and to
  own_address=${settings[ownAddress]} peer_address=${settings[peerAddress]}
  [[ ${settings[encryption]} == wireguard ]] || return 0
  local third=$((16#${settings[session]:0:2})) fourth=$((16#${settings[session]:2:2} & 254))
  own_address=198.18.$third.$fourth peer_address=198.18.$third.$((fourth + 1))
  [[ $role == source ]] || { own_address=$peer_address && peer_address=198.18.$third.$fourth; }
}

wireguard_public_key() { # makes the key where there is none
  local key=$directory/wireguard.key
  if [[ ! -s $key ]]; then
    write "$key" "$(wg genkey)"
  fi
  wg pubkey <"$key"
}

wireguard_up() { # does nothing where there is no tunnel to make, or the peer's key is not known yet
  [[ ${settings[encryption]} == wireguard && -n ${settings[peerKey]} ]] || return 0
  local device mtu other
  wireguard_addresses
  if [[ ! -d /sys/class/net/$name ]]; then
    other=$(ip -oneline address show to "$own_address/31")
    [[ -z $other ]] || fail 3 HeldByAnother "the address $own_address of the tunnel is in use here: take another session"
    must 6 EngineFailed 'can not make the tunnel' ip link add dev "$name" type wireguard
  fi
  for other in $(wg show "$name" peers); do
    [[ $other == "${settings[peerKey]}" ]] || wg set "$name" peer "$other" remove
  done
  # the network keeps an idle flow for 350 seconds at most on some instance types
  must 6 EngineFailed 'can not configure the tunnel' wg set "$name" listen-port "${settings[port]}" \
    private-key "$directory/wireguard.key" peer "${settings[peerKey]}" endpoint "${settings[peerAddress]}:${settings[port]}" \
    allowed-ips "$peer_address/32" persistent-keepalive 25
  # packets of the tunnel carry 60 bytes more over IPv4; the interface below may take jumbo frames
  device=$(ip -oneline route get "${settings[peerAddress]}" | grep -o 'dev [^ ]*')
  mtu=$(<"/sys/class/net/${device#dev }/mtu")
  ip address replace "$own_address" peer "$peer_address" dev "$name" &&
    ip link set dev "$name" mtu $((mtu - 80)) up || fail 6 EngineFailed 'can not bring the tunnel up'
}

wireguard_down() {
  [[ ! -d /sys/class/net/$name ]] || ip link delete dev "$name"
}

# The engine would find out only after the switch, and then neither this side nor the other could serve.
refuse_taken_port() { # port
  wireguard_addresses
  ! ss -Hltn "sport = :$1" | awk '{ print $4 }' | grep -qE "^(${own_address//./\\.}|0\\.0\\.0\\.0|\\*|\\[::\\]):" ||
    fail 7 NotSupported "something listens on port $1 here, where the engine would"
}

# Whether the other host can be reached where its engine listens, or will: a refusal is an answer too, silence is not, nor
# is what a firewall says. DRBD takes a port for each volume, md two for all.
peer_reachable() { # seconds, for each port
  local said index last=${settings[volumes]:-1}
  [[ $engine != md ]] || last=2
  wireguard_addresses
  for ((index = 0; index < last; index++)); do
    # shellcheck disable=SC2016 # the inner shell expands them
    said=$(timeout "$1" bash -c 'exec 3<>"/dev/tcp/$1/$2"' reach "$peer_address" $((settings[port] + index)) 2>&1) || [[ $said == *refused* ]] || return 1
  done
}

await_peer() { # seconds: as peer_reachable, tried again until the time is up
  local until=$((SECONDS + $1))
  until peer_reachable 3; do
    ((SECONDS < until)) || return 1
    sleep 1
  done
}

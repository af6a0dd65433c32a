# Parameters come through the environment as SSM_<Name>, and are held to the same patterns as in the document.

declared() { # names: an agent before 3.3.2746.0 sets none of them
  local name variable
  for name in "$@"; do
    variable=SSM_$name
    [[ -n ${!variable+set} ]] ||
      fail 10 AgentTooOld "the SSM agent does not hand over the parameter $name: it must be 3.3.2746.0 or later"
  done
}

hold() { # name, pattern, what it must be
  local variable=SSM_$1
  [[ ${!variable} =~ ^($2)$ && ${!variable} != *$'\n'* ]] || fail 2 InvalidParameter "$1 is not $3"
}

check_session() {
  hold Session '[0-9a-f]{12}' '12 hexadecimal digits'
}

check_mounts() { # name of the parameter: sets given_mounts
  local mount seen=,
  hold "$1" '(/[A-Za-z0-9_.@+/-]*(,/[A-Za-z0-9_.@+/-]*)*)?' 'a list of mount points, separated by commas'
  local variable=SSM_$1
  given_mounts=()
  for mount in ${!variable//,/ }; do
    check_mount "$mount"
    [[ $seen != *",$mount,"* ]] || fail 2 InvalidParameter "$mount is given twice"
    seen+="$mount,"
    given_mounts+=("$mount")
  done
}

check_mount() { # path
  [[ $1 =~ ^(/[A-Za-z0-9_.@+-]+)+$ && "$1/" != */../* && "$1/" != */./* ]] ||
    fail 2 InvalidParameter "$1 is not a mount point in its shortest form, or is the root"
}

check_services() { # sets given_services
  local unit='[A-Za-z0-9_.:@-]+\.(service|socket|timer|target)' name seen=,
  hold Services "($unit(,$unit)*)?" 'a list of systemd units, separated by commas'
  given_services=()
  for name in ${SSM_Services//,/ }; do
    [[ $name != [.-]* && ${#name} -le 208 ]] || fail 2 InvalidParameter "$name is not the name of a unit"
    [[ $seen != *",$name,"* ]] || fail 2 InvalidParameter "$name is given twice"
    seen+="$name,"
    given_services+=("$name")
  done
}

check_address() { # name of the parameter
  local variable=SSM_$1 part
  hold "$1" '[0-9]{1,3}(\.[0-9]{1,3}){3}' 'an IPv4 address'
  for part in ${!variable//./ }; do
    [[ $part =~ ^(0|[1-9][0-9]*)$ ]] && ((part <= 255)) || fail 2 InvalidParameter "$1 is not an IPv4 address"
  done
}

check_side() { # what both sides are told when they are prepared
  check_session
  hold Owner 'arn:aws[a-z-]*:states:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.:+=@/-]+' 'the ARN of an execution'
  hold Engine 'drbd|md' 'drbd or md'
  check_services
  check_address OwnAddress
  check_address PeerAddress
  [[ $SSM_OwnAddress != "$SSM_PeerAddress" ]] || fail 2 InvalidParameter 'OwnAddress and PeerAddress are the same'
  hold Port '[1-9][0-9]{3}|[1-5][0-9]{4}|6[0-4][0-9]{3}' 'a port from 1000 to 64999'
  hold Encryption 'wireguard|none' 'wireguard or none'
  hold PeerKey '([A-Za-z0-9+/]{43}=)?' 'a public key of WireGuard'
  hold InstallPackages 'yes|no' 'yes or no'
  hold MaxRate '([1-9][0-9]{0,9})?' 'a number of KiB per second'
  hold MetadataDirectory '(/[A-Za-z0-9_.@+-]+)+' 'an absolute path in its shortest form'
  [[ "$SSM_MetadataDirectory/" != */../* && "$SSM_MetadataDirectory/" != */./* ]] ||
    fail 2 InvalidParameter 'MetadataDirectory is not an absolute path in its shortest form'
}

#include "contract/contract_test.hpp"
